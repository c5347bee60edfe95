use std::collections::BTreeMap;

use flatbench_instances::{Gauge, Instance};
use flatbench_plugin::host::{Guarded, Library, OptimizerInstance, PluginError, Status};
use flatbench_problems::Evaluator;
use flatbench_records::protocol::{RunRequest, Tier};
use flatbench_records::{Crossing, FORMAT, Outcome, RunResult, Termination, Trajectory, Value};

use super::RunPlan;
use super::checkpoints::Checkpoints;
use super::descent::Descent;
use super::end::{DIVERGENCE, End, Idleness};
use super::heartbeat::{Heartbeat, Listener, Pulse};
use super::measuring::Measuring;
use super::stopwatch::Stopwatch;
use crate::finite::all_finite;
use crate::lockstep::RunClock;
use crate::oracle::MeteredOracle;
use crate::{beat, plugins};

/// Checkpoints along a run, at most.
const CHECKPOINTS: usize = 60;
/// Movement between two checkpoints, relative to ‖w‖, at or below which the run has stalled.
const STANDSTILL: f64 = 1e-15;
/// Share of the time for measuring that may go by before the run has stopped; what it stops at is worth the rest.
const ALONG_THE_WAY: f64 = 0.5;
/// Steps between two looks at the clock and at the parameters.
const STRIDE: u64 = 16;

/// Takes an optimizer through one run.
pub(super) struct Driver<'a> {
    instance: &'a Instance,
    oracle: MeteredOracle<'a>,
    gauge: Gauge<'a>,
    stopwatch: Stopwatch<'a>,
    plan: &'a RunPlan,
    w: Guarded,
    /// w where it was measured last, for the path length.
    previous: Vec<f64>,
    /// w at the last checkpoint of the schedule that every run has, for standstill.
    scheduled: Vec<f64>,
    path_length: f64,
    steps: u64,
    resolved: BTreeMap<String, Value>,
    trajectory: Trajectory,
    descent: Descent,
    /// Levels that were reached.
    crossings: Vec<Crossing>,
    /// Why less is measured than there is.
    unmeasured: Option<String>,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        instance: &'a Instance,
        request: &RunRequest,
        plan: &'a RunPlan,
        evaluator: Box<dyn Evaluator + 'a>,
        clock: &'a RunClock,
    ) -> Self {
        let problem = &*instance.problem;
        Driver {
            instance,
            oracle: MeteredOracle::new(evaluator, problem.dimensions().measurements, plan.budget),
            gauge: Gauge::new(problem, &instance.references),
            stopwatch: Stopwatch::new(clock),
            plan,
            w: Guarded::new(&instance.start),
            previous: instance.start.clone(),
            scheduled: instance.start.clone(),
            path_length: 0.0,
            steps: 0,
            resolved: BTreeMap::new(),
            trajectory: Trajectory { format: FORMAT, key: request.key.clone(), checkpoints: Vec::new() },
            descent: Descent::new(),
            crossings: Vec::new(),
            unmeasured: plan.sparing.clone(),
        }
    }

    /// Creates the optimizer, steps it, and asks it where it wants to be judged.
    pub(super) fn run_until_end(
        &mut self,
        library: &Library,
        request: &RunRequest,
        listener: &mut dyn Listener,
    ) -> End {
        let values = match self.resolve(request) {
            Ok(values) => values,
            Err(end) => return end,
        };
        let blocks = plugins::blocks(self.instance.problem.blocks());
        let mut optimizer = match library.create(&values, &blocks, request.stream_seed) {
            Ok(optimizer) => optimizer,
            Err(error) => return error.into(),
        };
        self.stopwatch.start();
        if let Err(error) = optimizer.initialize(&mut self.w, &mut self.oracle) {
            self.stopwatch.stop();
            return error.into();
        }
        let end = self.iterate(&mut optimizer, Heartbeat::new(listener)).unwrap_or_else(End::from);
        self.stopwatch.stop();
        if !matches!(end, End::Stopped(..)) {
            return end;
        }
        let iterate = self.w.to_vec();
        if let Err(error) = optimizer.evaluation_point(&iterate, &mut self.w) {
            return error.into();
        }
        match self.w.is_intact() {
            true => end,
            false => End::Failed(Outcome::PluginError, "the optimizer wrote outside of its parameters".to_owned()),
        }
    }

    /// Hyper-parameters with numbers in the place of units.
    fn resolve(&mut self, request: &RunRequest) -> Result<Vec<(String, flatbench_plugin::host::Value)>, End> {
        let mut values = Vec::with_capacity(request.hyperparameters.len());
        for (name, value) in &request.hyperparameters {
            let Some(resolved) = self.instance.resolve(value) else {
                let message =
                    format!("{name} is in units of 1/λ_max, which is not positive at the large starting point");
                return Err(End::Failed(Outcome::Skipped, message));
            };
            values.push((name.clone(), plugins::to_host(&resolved)));
            if &resolved != value {
                self.resolved.insert(name.clone(), resolved);
            }
        }
        Ok(values)
    }

    /// Steps until one of the ends.
    fn iterate(&mut self, optimizer: &mut OptimizerInstance, mut heartbeat: Heartbeat<'_>) -> Result<End, PluginError> {
        let budget = self.oracle.ledger().budget();
        let mut checkpoints = Checkpoints::new(budget, CHECKPOINTS);
        // Those that were asked for besides are looked at and decide nothing: the run is the same without them.
        let mut more = self.plan.measure.checkpoints.map(|spacing| Checkpoints::even(budget, spacing));
        let mut idleness = Idleness::default();
        self.checkpoint(optimizer)?;
        // A given start may lie below any level.
        if let Some(end) = self.descend(0.0, true) {
            return Ok(end);
        }
        loop {
            let status = optimizer.step(&mut self.w, &mut self.oracle)?;
            self.steps += 1;
            beat::count_step();
            let spent = self.oracle.ledger().spent();
            let word = self.word(status);
            let due = checkpoints.due(spent) || word.is_some();
            let looked_at = more.as_mut().is_some_and(|more| more.due(spent));
            let found = match (due, looked_at) {
                (true, _) => self.checkpoint(optimizer)?,
                (false, true) => {
                    self.look(optimizer)?;
                    self.glance()
                }
                (false, false) => self.glance(),
            };
            let found = End::graver(self.descend(spent, due), found);
            if let Some(end) = End::graver(word, found).or(idleness.count(spent)) {
                return Ok(end);
            }
            if self.steps.is_multiple_of(STRIDE) {
                let seconds = || self.stopwatch.optimizing().as_secs_f64();
                heartbeat.beat(|| Pulse { steps: self.steps, gradient_equivalents: spent, seconds: seconds() });
            }
        }
    }

    /// The end that a step says itself.
    fn word(&mut self, status: Status) -> Option<End> {
        // Refused calls make the step's own word worthless, whether or not the plugin passes the refusal on.
        if self.oracle.take_refusal() {
            return Some(End::overdrawn());
        }
        match status {
            Status::Converged => Some(End::plain(Termination::Converged)),
            Status::Continue => self.oracle.ledger().exhausted().then(|| End::plain(Termination::Budget)),
        }
    }

    /// Measures levels of the loss that were crossed, and says if the run has come to the one where it is to stop.
    fn descend(&mut self, spent: f64, is_checkpoint: bool) -> Option<End> {
        let (scale, stop) = (self.instance.start_loss, self.plan.stop_at_loss);
        let next = self.plan.crossings.get(self.crossings.len()).copied();
        let level = next.into_iter().chain(stop).reduce(f64::max)? * scale;
        let told = self.oracle.take_told();
        if !(self.descent.is_due(told, level, spent) || is_checkpoint) {
            return None;
        }
        self.stopwatch.measure(|| {
            let loss = self.gauge.loss(&self.w);
            let reached = |level: &f64| loss <= level * scale;
            let pending = self.plan.crossings.get(self.crossings.len()..).unwrap_or_default();
            let crossed = pending.iter().take_while(|level| reached(level)).count();
            if crossed > 0 {
                let (step, gradient_equivalents) = (self.steps, spent);
                let at = self.gauge.crossing(&self.w);
                let first = Crossing { step, gradient_equivalents, train_loss: loss, ..at };
                self.crossings.extend(pending.iter().take(crossed).map(|&level| Crossing { level, ..first.clone() }));
            }
            stop.filter(reached).map(End::at_loss)
        })
    }

    /// The end that a quick look from time to time finds.
    fn glance(&self) -> Option<End> {
        (self.steps.is_multiple_of(STRIDE) && !all_finite(&self.w)).then(|| End::diverged(&self.w))
    }

    /// Measures the current point, and says if the run has come to an end of its own.
    fn checkpoint(&mut self, optimizer: &mut OptimizerInstance) -> Result<Option<End>, PluginError> {
        let train_loss = self.look(optimizer)?;
        let moved = self.stopwatch.measure(|| distance(&self.w, &self.scheduled));
        let diverged = train_loss.is_none_or(|loss| loss > DIVERGENCE * self.instance.start_loss);
        let stalled = self.steps > 0 && moved <= STANDSTILL * norm(&self.w);
        self.scheduled.copy_from_slice(&self.w);
        Ok(match (diverged, stalled) {
            (true, _) => Some(End::diverged(&self.w)),
            (false, true) => Some(End::plain(Termination::Stalled)),
            (false, false) => None,
        })
    }

    /// Measures the current point; returns the training loss there.
    fn look(&mut self, optimizer: &mut OptimizerInstance) -> Result<Option<f64>, PluginError> {
        let finite = all_finite(&self.w);
        let full = self.plan.tier == Tier::Full;
        // What a plugin says of itself takes its own time.
        let spent = self.oracle.ledger().spent();
        let reported = optimizer.report(&mut self.oracle)?;
        let seconds = self.stopwatch.optimizing().as_secs_f64();
        self.look_at_the_time();
        let sparing = self.unmeasured.is_some();
        self.stopwatch.measure(|| {
            let mut point = match (finite, sparing) {
                (false, _) => Default::default(),
                (true, true) => self.gauge.loss_alone(&self.w),
                (true, false) => self.gauge.checkpoint(&self.w, full),
            };
            self.path_length += distance(&self.w, &self.previous);
            point.step = self.steps;
            point.gradient_equivalents = spent;
            point.seconds = seconds;
            if finite {
                point.distance = Some(distance(&self.w, &self.instance.start));
                point.path_length = Some(self.path_length);
            }
            point.reported = reported.into_iter().filter(|(_, value)| value.is_finite()).collect();
            self.previous.copy_from_slice(&self.w);
            let train_loss = point.train_loss;
            self.trajectory.checkpoints.push(point);
            Ok(train_loss)
        })
    }

    /// Measures less from here on, where measuring has taken too much of its time.
    fn look_at_the_time(&mut self) {
        let (limit, taken) = (self.plan.measuring_limit, self.stopwatch.measuring().as_secs_f64());
        if self.unmeasured.is_none() && taken > ALONG_THE_WAY * limit {
            self.unmeasured = Some(format!(
                "from step {} on only the loss was measured along the way: measuring had taken {taken:.1} of the {limit} s that it may take (--measuring-limit)",
                self.steps
            ));
        }
    }

    /// What came of the run.
    pub(super) fn result(mut self, end: End, listener: &mut dyn Listener) -> (RunResult, Option<Trajectory>) {
        let (outcome, outcome_detail, termination) = match end {
            End::Stopped(termination, detail) => (Outcome::Completed, detail, Some(termination)),
            End::Failed(outcome, detail) => (outcome, Some(detail), None),
        };
        // A method that does not apply to the problem has been nowhere.
        let skipped = outcome == Outcome::Skipped;
        if skipped {
            self.trajectory.checkpoints.clear();
        }
        let result = RunResult {
            outcome,
            outcome_detail,
            termination,
            interpolated: false,
            resolved: self.resolved,
            oracle_calls: self.oracle.ledger().calls(),
            gradient_equivalents: self.oracle.ledger().spent(),
            steps: self.steps,
            optimizer_seconds: self.stopwatch.optimizing().as_secs_f64(),
            measurement_seconds: self.stopwatch.measuring().as_secs_f64(),
            reference_seconds: self.instance.seconds / self.instance.runs.max(1) as f64,
            start: Some(self.instance.start_metrics.clone()),
            iterate: None,
            limit: None,
            nearest: None,
            crossings: self.crossings,
            reference: self.instance.references.clone(),
            unmeasured: self.unmeasured,
        };
        if skipped {
            return (result, Some(self.trajectory));
        }
        let measuring = Measuring {
            instance: self.instance,
            gauge: self.gauge,
            stopwatch: self.stopwatch,
            listener,
            limit: self.plan.measuring_limit,
            sparing: self.plan.sparing.clone(),
            measure: &self.plan.measure,
            keep_parameters: self.plan.keep_parameters,
            reached: None,
            trajectory: Some(self.trajectory),
        };
        measuring.measure(&self.w, self.oracle.ledger().budget(), result)
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|a| a * a).sum::<f64>().sqrt()
}
