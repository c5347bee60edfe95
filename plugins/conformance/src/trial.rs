use flatbench_plugin::host::{Guarded, Library, OptimizerInstance, OwnThread, PluginError, Seat, Status, Stop};

use crate::settings::Settings;
use crate::toy::{Ledger, Problem};

/// A trial that was refused more often than this will not notice any more.
const MAX_REFUSALS: usize = 100;

/// How a trial is begun and when it is cut off.
pub(crate) struct Plan<'a, 's> {
    pub(crate) problem: &'a Problem,
    pub(crate) settings: &'s Settings,
    pub(crate) start: &'s [f64],
    pub(crate) seed: u64,
    /// In full-gradient equivalents.
    pub(crate) budget: f64,
    pub(crate) max_steps: usize,
}

/// Why a trial ended.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    /// `max_steps` were taken, or it went on in spite of a hundred refusals.
    Steps,
    /// A step said so.
    Converged,
    /// `create`, `initialize`, `step`, `report` or `evaluation_point` returned an error.
    Error(PluginError),
}

/// A short run on a toy problem, as it went.
pub(crate) struct Trial<'a> {
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

impl<'a> Trial<'a> {
    /// Drives the plugin through the plan, on a thread where it wants one.
    pub(crate) fn new(library: &Library, plan: &Plan<'a, '_>) -> Self {
        let run = || {
            let mut ongoing = Ongoing::new(library, plan);
            while ongoing.advance() {}
            ongoing.finish()
        };
        // SAFETY: problem and plan are plain data; the optimizer ends with the run.
        unsafe { library.seat().hold(run) }.unwrap_or_else(|error| Trial::without_thread(plan, &error))
    }

    /// Two trials that take turns after every step.
    pub(crate) fn in_turns(library: &Library, plans: [Plan<'a, '_>; 2]) -> [Self; 2] {
        if library.seat() == Seat::Coroutine {
            let mut pair = plans.each_ref().map(|plan| Ongoing::new(library, plan));
            while pair.iter_mut().fold(false, |going, course| course.advance() | going) {}
            return pair.map(Ongoing::finish);
        }
        let mut threads = plans.each_ref().map(|plan| {
            let run = |turn: &dyn Fn(())| {
                let mut ongoing = Ongoing::new(library, plan);
                while ongoing.advance() {
                    turn(());
                }
                ongoing.finish()
            };
            // SAFETY: as above; both end before this returns, unless one panics, and then neither is resumed.
            unsafe { OwnThread::new(run) }
        });
        let mut ended = [None, None];
        while ended.iter().any(Option::is_none) {
            for ((thread, plan), end) in threads.iter_mut().zip(&plans).zip(&mut ended).filter(|(_, end)| end.is_none())
            {
                *end = match thread.as_mut().map(|thread| thread.resume(())) {
                    Ok(Stop::Waits(())) => None,
                    Ok(Stop::Ended(trial)) => Some(trial),
                    Err(error) => Some(Trial::without_thread(plan, error)),
                };
            }
        }
        ended.map(|trial| trial.expect("the loop ends with both"))
    }

    fn without_thread(plan: &Plan<'a, '_>, error: &std::io::Error) -> Self {
        let end = End::Error(PluginError::Failed(format!("no memory for the stack of a run: {error}")));
        Trial { end, ..Trial::blank(plan) }
    }

    /// A trial that has not begun.
    fn blank(plan: &Plan<'a, '_>) -> Self {
        Trial {
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
        }
    }

    /// Whether the family was refused: such a trial shows nothing.
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
    pub(crate) fn same_as(&self, other: &Trial<'_>) -> bool {
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let reported =
            |trial: &Trial<'_>| -> Vec<_> { trial.report.iter().map(|(n, x)| (n.clone(), x.to_bits())).collect() };
        self.end == other.end
            && self.steps == other.steps
            && self.ledger.calls == other.ledger.calls
            && bits(&self.w) == bits(&other.w)
            && bits(&self.point) == bits(&other.point)
            && reported(self) == reported(other)
    }
}

/// A trial under way, so that two of them can take turns.
pub(crate) struct Ongoing<'a> {
    optimizer: Option<OptimizerInstance>,
    w: Guarded,
    max_steps: usize,
    trial: Trial<'a>,
}

impl<'a> Ongoing<'a> {
    /// Makes the optimizer and initializes it.
    pub(crate) fn new(library: &Library, plan: &Plan<'a, '_>) -> Self {
        let mut w = Guarded::new(plan.start);
        let mut trial = Trial::blank(plan);
        let mut optimizer = library.create(plan.settings, &plan.problem.blocks, plan.seed);
        if let Ok(made) = &mut optimizer
            && let Err(error) = made.initialize(&mut w, &mut trial.ledger)
        {
            trial.refused_in_last_step = trial.ledger.refused;
            optimizer = Err(error);
        }
        let optimizer = optimizer.map_err(|error| trial.end = End::Error(error)).ok();
        Ongoing { optimizer, w, max_steps: plan.max_steps, trial }
    }

    /// Takes a step; false at the end of the trial.
    pub(crate) fn advance(&mut self) -> bool {
        let Some(optimizer) = &mut self.optimizer else { return false };
        let deaf = self.trial.ledger.refused > MAX_REFUSALS;
        if self.trial.end != End::Steps || self.trial.steps >= self.max_steps || deaf {
            return false;
        }
        let (calls, refused) = (self.trial.ledger.calls, self.trial.ledger.refused);
        let status = optimizer.step(&mut self.w, &mut self.trial.ledger);
        self.trial.refused_in_last_step = self.trial.ledger.refused - refused;
        match status {
            Ok(status) => {
                self.trial.steps += 1;
                if status == Status::Converged {
                    self.trial.end = End::Converged;
                } else if self.trial.ledger.calls == calls && self.trial.refused_in_last_step == 0 {
                    self.trial.idle_steps += 1;
                }
            }
            Err(error) => self.trial.end = End::Error(error),
        }
        self.look();
        true
    }

    /// Evaluation point, report, guard zones and finiteness.
    fn look(&mut self) {
        let Some(optimizer) = &mut self.optimizer else { return };
        let trial = &mut self.trial;
        trial.w = self.w.to_vec();
        let mut point = Guarded::new(&trial.w);
        let broken = matches!(trial.end, End::Error(PluginError::Panicked(_)));
        if !broken {
            match optimizer.evaluation_point(&trial.w, &mut point) {
                Ok(()) => trial.point = point.to_vec(),
                Err(error) => trial.end = End::Error(error),
            }
            match optimizer.report(&mut trial.ledger) {
                Ok(report) => trial.report = report,
                Err(error) => trial.end = End::Error(error),
            }
        }
        trial.wrote_outside |= !self.w.is_intact() || !point.is_intact();
        let mut numbers = trial.w.iter().chain(&trial.point).chain(trial.report.iter().map(|(_, x)| x));
        if trial.first_not_finite.is_none() && !numbers.all(|x| x.is_finite()) {
            trial.first_not_finite = Some(trial.steps);
        }
    }

    /// The trial as it went.
    pub(crate) fn finish(mut self) -> Trial<'a> {
        self.trial.w = self.w.to_vec();
        self.trial.wrote_outside |= !self.w.is_intact();
        self.trial
    }
}
