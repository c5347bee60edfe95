use flatbench_plugin::host::{Guarded, Library, OptimizerInstance, PluginError, Status};

use crate::settings::Settings;
use crate::toy::{Ledger, Problem};

/// A run that was refused more often than this will not notice any more.
const MAX_REFUSALS: usize = 100;

/// How a run is begun and when it is cut off.
pub(crate) struct Plan<'a, 's> {
    pub(crate) problem: &'a Problem,
    pub(crate) settings: &'s Settings,
    pub(crate) start: &'s [f64],
    pub(crate) seed: u64,
    /// In full-gradient equivalents.
    pub(crate) budget: f64,
    pub(crate) max_steps: usize,
}

/// Why a run ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    /// `max_steps` were taken, or it went on in spite of a hundred refusals.
    Steps,
    /// A step said so.
    Converged,
    /// `create`, `initialize`, `step`, `report` or `evaluation_point` returned an error.
    Error(PluginError),
}

/// A run as it went.
pub(crate) struct Run<'a> {
    pub(crate) ledger: Ledger<'a>,
    pub(crate) end: End,
    /// Steps that returned without an error.
    pub(crate) steps: usize,
    /// Steps that returned without an error and without having asked anything.
    pub(crate) idle_steps: usize,
    /// Whether the last step had a call refused.
    pub(crate) refused_in_last_step: usize,
    /// w and the evaluation point at the end.
    pub(crate) w: Vec<f64>,
    pub(crate) point: Vec<f64>,
    /// The first step after which w, the evaluation point or a report had an entry that is not finite.
    pub(crate) first_not_finite: Option<usize>,
    /// Whether memory next to w or the evaluation point was written to.
    pub(crate) wrote_outside: bool,
    /// What was reported at the end.
    pub(crate) report: Vec<(String, f64)>,
}

impl<'a> Run<'a> {
    /// Drives the plugin through the plan.
    pub(crate) fn new(library: &Library, plan: &Plan<'a, '_>) -> Self {
        let mut course = Course::new(library, plan);
        while course.advance() {}
        course.finish()
    }

    /// Whether the family was refused: such a run shows nothing.
    pub(crate) fn not_supported(&self) -> Option<&str> {
        if let End::Error(PluginError::NotSupported(reason)) = &self.end { Some(reason) } else { None }
    }

    /// An end that is neither of the expected ones nor a spent budget, in words.
    pub(crate) fn failure(&self) -> Option<String> {
        match &self.end {
            End::Error(PluginError::Budget | PluginError::NotSupported(_)) | End::Steps | End::Converged => None,
            End::Error(error) => Some(format!("after {} steps: {error}", self.steps)),
        }
    }

    /// Bit for bit.
    pub(crate) fn same_as(&self, other: &Run<'_>) -> bool {
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let reported = |run: &Run<'_>| -> Vec<_> { run.report.iter().map(|(n, x)| (n.clone(), x.to_bits())).collect() };
        self.end == other.end
            && self.steps == other.steps
            && self.ledger.calls == other.ledger.calls
            && bits(&self.w) == bits(&other.w)
            && bits(&self.point) == bits(&other.point)
            && reported(self) == reported(other)
    }
}

/// A run under way, so that two of them can take turns.
pub(crate) struct Course<'a> {
    optimizer: Option<OptimizerInstance>,
    w: Guarded,
    max_steps: usize,
    run: Run<'a>,
}

impl<'a> Course<'a> {
    /// Makes the optimizer and initializes it.
    pub(crate) fn new(library: &Library, plan: &Plan<'a, '_>) -> Self {
        let mut w = Guarded::new(plan.start);
        let mut run = Run {
            ledger: Ledger::new(plan.problem, plan.budget),
            end: End::Steps,
            steps: 0,
            idle_steps: 0,
            refused_in_last_step: 0,
            w: Vec::new(),
            point: plan.start.to_vec(),
            first_not_finite: None,
            wrote_outside: false,
            report: Vec::new(),
        };
        let mut optimizer = library.create(plan.settings, &plan.problem.blocks, plan.seed);
        if let Ok(made) = &mut optimizer
            && let Err(error) = made.initialize(&mut w, &mut run.ledger)
        {
            run.refused_in_last_step = run.ledger.refused;
            optimizer = Err(error);
        }
        let optimizer = optimizer.map_err(|error| run.end = End::Error(error)).ok();
        Course { optimizer, w, max_steps: plan.max_steps, run }
    }

    /// Takes a step; false at the end of the run.
    pub(crate) fn advance(&mut self) -> bool {
        let Some(optimizer) = &mut self.optimizer else { return false };
        let deaf = self.run.ledger.refused > MAX_REFUSALS;
        if self.run.end != End::Steps || self.run.steps >= self.max_steps || deaf {
            return false;
        }
        let (calls, refused) = (self.run.ledger.calls, self.run.ledger.refused);
        let status = optimizer.step(&mut self.w, &mut self.run.ledger);
        self.run.refused_in_last_step = self.run.ledger.refused - refused;
        match status {
            Ok(status) => {
                self.run.steps += 1;
                if status == Status::Converged {
                    self.run.end = End::Converged;
                } else if self.run.ledger.calls == calls && self.run.refused_in_last_step == 0 {
                    self.run.idle_steps += 1;
                }
            }
            Err(error) => self.run.end = End::Error(error),
        }
        self.look();
        true
    }

    /// Evaluation point, report, guard zones and finiteness.
    fn look(&mut self) {
        let Some(optimizer) = &mut self.optimizer else { return };
        let run = &mut self.run;
        run.w = self.w.to_vec();
        let mut point = Guarded::new(&run.w);
        let broken = matches!(run.end, End::Error(PluginError::Panicked(_)));
        if !broken {
            match optimizer.evaluation_point(&run.w, &mut point) {
                Ok(()) => run.point = point.to_vec(),
                Err(error) => run.end = End::Error(error),
            }
            match optimizer.report(&mut run.ledger) {
                Ok(report) => run.report = report,
                Err(error) => run.end = End::Error(error),
            }
        }
        run.wrote_outside |= !self.w.is_intact() || !point.is_intact();
        let mut numbers = run.w.iter().chain(&run.point).chain(run.report.iter().map(|(_, x)| x));
        if run.first_not_finite.is_none() && !numbers.all(|x| x.is_finite()) {
            run.first_not_finite = Some(run.steps);
        }
    }

    /// The run as it went.
    pub(crate) fn finish(mut self) -> Run<'a> {
        self.run.w = self.w.to_vec();
        self.run.wrote_outside |= !self.w.is_intact();
        self.run
    }
}
