use std::collections::BTreeMap;

use flatbench_instances::{Gauge, Instance};
use flatbench_plugin::host::{Guarded, Library, OptimizerInstance, PluginError, Status};
use flatbench_problems::Evaluator;
use flatbench_problems::limit::{LimitFailure, limit_point};
use flatbench_records::protocol::{RunRequest, Tier};
use flatbench_records::{FORMAT, INTERPOLATION, Limit, LimitState, Outcome, RunResult, Termination, Trajectory, Value};

use super::checkpoints::Checkpoints;
use super::end::{DIVERGENCE, End, Idleness};
use super::heartbeat::{Heartbeat, Pulse};
use super::stopwatch::Stopwatch;
use crate::finite::all_finite;
use crate::lockstep::RunClock;
use crate::oracle::MeteredOracle;
use crate::{beat, plugins};

/// Checkpoints along a run, at most.
const CHECKPOINTS: usize = 60;
/// Movement between two checkpoints, relative to ‖w‖, at or below which the run has stalled.
const STANDSTILL: f64 = 1e-15;
/// Gradients and Gauss-Newton products that the search for the limit of a run with a small budget may take.
const LEAST_ALLOWANCE: usize = 4000;
/// Steps between two looks at the clock and at the parameters.
const STRIDE: u64 = 16;

/// Takes an optimizer through one run.
pub(super) struct Driver<'a> {
    instance: &'a Instance,
    oracle: MeteredOracle<'a>,
    gauge: Gauge<'a>,
    clock: &'a RunClock,
    stopwatch: Stopwatch<'a>,
    tier: Tier,
    w: Guarded,
    /// w at the last checkpoint, for path length and standstill.
    previous: Vec<f64>,
    path_length: f64,
    steps: u64,
    resolved: BTreeMap<String, Value>,
    trajectory: Trajectory,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        instance: &'a Instance,
        request: &RunRequest,
        budget: f64,
        tier: Tier,
        evaluator: Box<dyn Evaluator + 'a>,
        clock: &'a RunClock,
    ) -> Self {
        let problem = &*instance.problem;
        Driver {
            instance,
            oracle: MeteredOracle::new(evaluator, problem.dimensions().measurements, budget),
            gauge: Gauge::new(problem, &instance.references),
            clock,
            stopwatch: Stopwatch::new(clock),
            tier,
            w: Guarded::new(&instance.start),
            previous: instance.start.clone(),
            path_length: 0.0,
            steps: 0,
            resolved: BTreeMap::new(),
            trajectory: Trajectory { format: FORMAT, key: request.key.clone(), checkpoints: Vec::new() },
        }
    }

    /// Creates the optimizer, steps it, and asks it where it wants to be judged.
    pub(super) fn run_until_end(
        &mut self,
        library: &Library,
        request: &RunRequest,
        pulse: &mut dyn FnMut(Pulse),
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
        let end = self.iterate(&mut optimizer, Heartbeat::new(pulse)).unwrap_or_else(End::from);
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
        let mut checkpoints = Checkpoints::new(self.oracle.ledger().budget(), CHECKPOINTS);
        let mut idleness = Idleness::default();
        self.checkpoint(optimizer)?;
        loop {
            let status = optimizer.step(&mut self.w, &mut self.oracle)?;
            self.steps += 1;
            beat::count_step();
            let spent = self.oracle.ledger().spent();
            let word = self.word(status);
            let found = match checkpoints.due(spent) || word.is_some() {
                true => self.checkpoint(optimizer)?,
                false => self.glance(),
            };
            if let Some(end) = End::graver(word, found).or(idleness.count(spent)) {
                return Ok(end);
            }
            if self.steps.is_multiple_of(STRIDE) {
                let seconds = || self.clock.elapsed().as_secs_f64();
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

    /// The end that a quick look from time to time finds.
    fn glance(&self) -> Option<End> {
        (self.steps.is_multiple_of(STRIDE) && !all_finite(&self.w)).then(|| End::diverged(&self.w))
    }

    /// Measures the current point, and says if the run has come to an end of its own.
    fn checkpoint(&mut self, optimizer: &mut OptimizerInstance) -> Result<Option<End>, PluginError> {
        let finite = all_finite(&self.w);
        let full = self.tier == Tier::Full;
        let seconds = self.stopwatch.optimizing().as_secs_f64();
        self.stopwatch.measure(|| {
            let mut point = if finite { self.gauge.checkpoint(&self.w, full) } else { Default::default() };
            let moved = distance(&self.w, &self.previous);
            self.path_length += moved;
            point.step = self.steps;
            point.gradient_equivalents = self.oracle.ledger().spent();
            point.seconds = seconds;
            if finite {
                point.distance = Some(distance(&self.w, &self.instance.start));
                point.path_length = Some(self.path_length);
            }
            let reported = optimizer.report(&mut self.oracle)?;
            point.reported = reported.into_iter().filter(|(_, value)| value.is_finite()).collect();
            let diverged = point.train_loss.is_none_or(|loss| loss > DIVERGENCE * self.instance.start_loss);
            let stalled = self.steps > 0 && moved <= STANDSTILL * norm(&self.w);
            self.previous.copy_from_slice(&self.w);
            self.trajectory.checkpoints.push(point);
            Ok(match (diverged, stalled) {
                (true, _) => Some(End::diverged(&self.w)),
                (false, true) => Some(End::plain(Termination::Stalled)),
                (false, false) => None,
            })
        })
    }

    /// What came of the run.
    pub(super) fn result(mut self, end: End) -> (RunResult, Trajectory) {
        let (outcome, outcome_detail, termination) = match end {
            End::Stopped(termination, detail) => (Outcome::Completed, detail, Some(termination)),
            End::Failed(outcome, detail) => (outcome, Some(detail), None),
        };
        // A method that does not apply to the problem has been nowhere.
        let skipped = outcome == Outcome::Skipped;
        if skipped {
            self.trajectory.checkpoints.clear();
        }
        let (gauge, instance, w) = (&mut self.gauge, self.instance, &self.w);
        // Measuring may cost as much as the run itself, where that is long.
        let allowance = (self.oracle.ledger().budget() as usize).max(LEAST_ALLOWANCE);
        let (iterate, limit) = self.stopwatch.measure(|| {
            let iterate = (!skipped && all_finite(w)).then(|| gauge.metrics(w));
            let limit = termination.map(|termination| match termination {
                Termination::Diverged => no_limit(LimitFailure::Diverged),
                _ => limit(instance, gauge, w, allowance),
            });
            (iterate, limit)
        });
        let loss = iterate.as_ref().and_then(|metrics| metrics.train_loss);
        let result = RunResult {
            outcome,
            outcome_detail,
            termination,
            interpolated: loss.is_some_and(|loss| loss <= INTERPOLATION * self.instance.start_loss),
            resolved: self.resolved,
            oracle_calls: self.oracle.ledger().calls(),
            gradient_equivalents: self.oracle.ledger().spent(),
            steps: self.steps,
            optimizer_seconds: self.stopwatch.optimizing().as_secs_f64(),
            measurement_seconds: self.stopwatch.measuring().as_secs_f64(),
            reference_seconds: self.instance.seconds / self.instance.runs.max(1) as f64,
            start: Some(self.instance.start_metrics.clone()),
            iterate,
            limit,
            reference: self.instance.references.clone(),
        };
        (result, self.trajectory)
    }
}

/// Where gradient flow from w ends, measured.
fn limit(instance: &Instance, gauge: &mut Gauge<'_>, w: &[f64], allowance: usize) -> Limit {
    let point = limit_point(&*instance.problem, gauge.evaluator(), w, instance.start_loss, allowance);
    match point.failure {
        Some(failure) => no_limit(failure),
        None => Limit {
            state: LimitState::Reached,
            reason: None,
            distance_moved: Some(point.distance),
            metrics: gauge.metrics(&point.w),
        },
    }
}

fn no_limit(failure: LimitFailure) -> Limit {
    Limit {
        state: LimitState::NotReached,
        reason: Some(failure.to_string()),
        distance_moved: None,
        metrics: Default::default(),
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|a| a * a).sum::<f64>().sqrt()
}
