use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_plugin::host::{Guarded, Library, OptimizerInstance, PluginError, Status};
use flatbench_problems::Evaluator;
use flatbench_problems::limit::{LimitPoint, limit_point};
use flatbench_records::protocol::{RunRequest, RunResult, Tier};
use flatbench_records::{FORMAT, Limit, LimitState, Outcome, Termination, Trajectory, Value};

use crate::beat;
use crate::checkpoints::Checkpoints;
use crate::finite::all_finite;
use crate::lockstep::RunClock;
use crate::oracle::MeteredOracle;
use crate::plugins;
use flatbench_instances::Gauge;
use flatbench_instances::Instance;

/// Checkpoints along a run, at most.
const CHECKPOINTS: usize = 60;
/// Loss, relative to the start, beyond which a run has diverged.
const DIVERGENCE: f64 = 1e6;
/// Loss, relative to the start, below which the iterate interpolates.
const INTERPOLATION: f64 = 1e-6;
/// Movement between two checkpoints, relative to ‖w‖, at or below which the run has stalled.
const STANDSTILL: f64 = 1e-15;
/// Steps in a row that may pass without an oracle call.
const IDLE: u64 = 100_000;
/// Detail of a run whose last step was refused an oracle call.
const OVERDRAWN: &str = "stopped inside a step: the budget was overdrawn";
/// Steps between two looks at the clock and at the parameters, and the time between two heartbeats.
const STRIDE: u64 = 16;
const HEARTBEAT: Duration = Duration::from_millis(250);

/// A sign of life of a run.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// Completed steps.
    pub steps: u64,
    /// Budget spent.
    pub gradient_equivalents: f64,
    /// Seconds of the run's own, measurements included.
    pub seconds: f64,
}

/// Does one run by itself.
pub fn drive(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    budget: f64,
    tier: Tier,
    pulse: &mut dyn FnMut(Pulse),
) -> (RunResult, Trajectory) {
    let evaluator = instance.problem.evaluator();
    drive_with(instance, library, request, budget, tier, evaluator, &RunClock::new(), pulse)
}

/// Does one run: creates the optimizer, steps it until one of its ends, and measures where it stands.
///
/// The oracle calls go to `evaluator`, times are read from `clock`; `pulse` hears of the run from time to time.
#[expect(clippy::too_many_arguments, reason = "what is run, on what, with what, and who listens")]
pub fn drive_with(
    instance: &Instance,
    library: &Library,
    request: &RunRequest,
    budget: f64,
    tier: Tier,
    evaluator: Box<dyn Evaluator + '_>,
    clock: &RunClock,
    pulse: &mut dyn FnMut(Pulse),
) -> (RunResult, Trajectory) {
    let mut run = Run::new(instance, request, budget, tier, evaluator, clock);
    let end = run.run_until_end(library, request, pulse);
    run.result(end)
}

/// How the loop over the steps ended.
enum End {
    Stopped(Termination, Option<String>),
    Failed(Outcome, String),
}

impl From<PluginError> for End {
    fn from(error: PluginError) -> Self {
        match error {
            PluginError::Budget => End::Stopped(Termination::Budget, Some(OVERDRAWN.to_owned())),
            PluginError::NotSupported(message) => End::Failed(Outcome::Skipped, message),
            PluginError::Panicked(message) => End::Failed(Outcome::Panicked, message),
            PluginError::Failed(message) => End::Failed(Outcome::PluginError, message),
            PluginError::Hyperparameter(error) => End::Failed(Outcome::PluginError, error.to_string()),
        }
    }
}

struct Run<'a> {
    instance: &'a Instance,
    oracle: MeteredOracle<'a>,
    gauge: Gauge<'a>,
    clock: &'a RunClock,
    tier: Tier,
    w: Guarded,
    /// w at the last checkpoint, for path length and standstill.
    previous: Vec<f64>,
    path_length: f64,
    steps: u64,
    optimizing: Duration,
    measuring: Duration,
    resolved: BTreeMap<String, Value>,
    trajectory: Trajectory,
}

impl<'a> Run<'a> {
    fn new(
        instance: &'a Instance,
        request: &RunRequest,
        budget: f64,
        tier: Tier,
        evaluator: Box<dyn Evaluator + 'a>,
        clock: &'a RunClock,
    ) -> Self {
        let problem = &*instance.problem;
        Run {
            instance,
            oracle: MeteredOracle::new(evaluator, problem.dimensions().measurements, budget),
            gauge: Gauge::new(problem, &instance.references),
            clock,
            tier,
            w: Guarded::new(&instance.start),
            previous: instance.start.clone(),
            path_length: 0.0,
            steps: 0,
            optimizing: Duration::ZERO,
            measuring: Duration::ZERO,
            resolved: BTreeMap::new(),
            trajectory: Trajectory { format: FORMAT, key: request.key.clone(), checkpoints: Vec::new() },
        }
    }

    fn run_until_end(&mut self, library: &Library, request: &RunRequest, pulse: &mut dyn FnMut(Pulse)) -> End {
        let mut values = Vec::with_capacity(request.hyperparameters.len());
        for (name, value) in &request.hyperparameters {
            let Some(resolved) = self.instance.resolve(value) else {
                let message =
                    format!("{name} is in units of 1/λ_max, which is not positive at the large starting point");
                return End::Failed(Outcome::Skipped, message);
            };
            if &resolved != value {
                self.resolved.insert(name.clone(), resolved.clone());
            }
            values.push((name.clone(), plugins::to_host(&resolved)));
        }
        let blocks = plugins::blocks(self.instance.problem.blocks());
        let optimizer = library.create(&values, &blocks, request.stream_seed);
        let mut optimizer = match optimizer {
            Ok(optimizer) => optimizer,
            Err(error) => return error.into(),
        };
        let begun = self.clock.elapsed();
        let initialized = optimizer.initialize(&mut self.w, &mut self.oracle);
        self.optimizing += self.clock.elapsed() - begun;
        if let Err(error) = initialized {
            return error.into();
        }
        let end = self.iterate(&mut optimizer, pulse).unwrap_or_else(End::from);
        if matches!(end, End::Stopped(..)) {
            let iterate = self.w.to_vec();
            if let Err(error) = optimizer.evaluation_point(&iterate, &mut self.w) {
                return error.into();
            }
        }
        match end {
            End::Stopped(..) if !self.w.is_intact() => {
                End::Failed(Outcome::PluginError, "the optimizer wrote outside of its parameters".to_owned())
            }
            end => end,
        }
    }

    fn iterate(&mut self, optimizer: &mut OptimizerInstance, pulse: &mut dyn FnMut(Pulse)) -> Result<End, PluginError> {
        let mut checkpoints = Checkpoints::new(self.oracle.ledger().budget(), CHECKPOINTS);
        self.checkpoint(optimizer)?;
        let (mut idle, mut last_spent) = (0, 0.0);
        let mut heard = Instant::now();
        let mut begun = self.clock.elapsed();
        let end = loop {
            let stepped = optimizer.step(&mut self.w, &mut self.oracle);
            let status = match stepped {
                Ok(status) => status,
                Err(error) => {
                    self.optimizing += self.clock.elapsed() - begun;
                    return Err(error);
                }
            };
            self.steps += 1;
            beat::count_step();
            let spent = self.oracle.ledger().spent();
            // Refused calls make the step's own word worthless, whether or not the plugin passes the refusal on.
            let refused = self.oracle.take_refusal();
            let stop = match status {
                _ if refused => Some(Termination::Budget),
                Status::Converged => Some(Termination::Converged),
                Status::Continue if self.oracle.ledger().exhausted() => Some(Termination::Budget),
                Status::Continue => None,
            };
            if checkpoints.due(spent) || stop.is_some() {
                self.optimizing += self.clock.elapsed() - begun;
                let verdict = self.checkpoint(optimizer)?;
                begun = self.clock.elapsed();
                // A spent budget may also have left the parameters where they were; divergence is the graver finding.
                let end = if verdict == Some(Termination::Diverged) { verdict } else { stop.or(verdict) };
                if let Some(end) = end {
                    break match end {
                        Termination::Budget if refused => PluginError::Budget.into(),
                        end => self.stopped(end),
                    };
                }
            }
            if self.steps.is_multiple_of(STRIDE) && !all_finite(&self.w) {
                self.optimizing += self.clock.elapsed() - begun;
                break self.stopped(Termination::Diverged);
            }
            idle = if spent > last_spent { 0 } else { idle + 1 };
            last_spent = spent;
            if idle == IDLE {
                self.optimizing += self.clock.elapsed() - begun;
                let detail = format!("{IDLE} steps in a row without an oracle call");
                break End::Stopped(Termination::Stalled, Some(detail));
            }
            if self.steps.is_multiple_of(STRIDE) && heard.elapsed() > HEARTBEAT {
                heard = Instant::now();
                let seconds = self.clock.elapsed().as_secs_f64();
                pulse(Pulse { steps: self.steps, gradient_equivalents: spent, seconds });
            }
        };
        Ok(end)
    }

    /// An end that was found by looking at the run, with the reason where it is not plain.
    fn stopped(&self, end: Termination) -> End {
        let reason = || match self.w.iter().all(|x| x.is_finite()) {
            true => format!("the loss is more than {DIVERGENCE:.0e} times that at the start"),
            false => "the parameters are not finite".to_owned(),
        };
        End::Stopped(end, (end == Termination::Diverged).then(reason))
    }

    /// Measures the current point, and says if the run has come to an end of its own.
    fn checkpoint(&mut self, optimizer: &mut OptimizerInstance) -> Result<Option<Termination>, PluginError> {
        let begun = self.clock.elapsed();
        let finite = all_finite(&self.w);
        let mut point =
            if finite { self.gauge.checkpoint(&self.w, self.tier == Tier::Full) } else { Default::default() };
        let moved = distance(&self.w, &self.previous);
        self.path_length += moved;
        point.step = self.steps;
        point.gradient_equivalents = self.oracle.ledger().spent();
        point.seconds = self.optimizing.as_secs_f64();
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
        self.measuring += self.clock.elapsed() - begun;
        Ok(if diverged {
            Some(Termination::Diverged)
        } else if stalled {
            Some(Termination::Stalled)
        } else {
            None
        })
    }

    fn result(mut self, end: End) -> (RunResult, Trajectory) {
        let begun = self.clock.elapsed();
        let (outcome, detail, termination) = match end {
            End::Stopped(termination, detail) => (Outcome::Completed, detail, Some(termination)),
            End::Failed(outcome, detail) => (outcome, Some(detail), None),
        };
        // A method that does not apply to the problem has been nowhere.
        let skipped = outcome == Outcome::Skipped;
        if skipped {
            self.trajectory.checkpoints.clear();
        }
        let iterate = (!skipped && all_finite(&self.w)).then(|| self.gauge.metrics(&self.w));
        let limit = match termination {
            None => None,
            Some(Termination::Diverged) => Some(no_limit("the run diverged")),
            Some(_) => Some(self.limit()),
        };
        self.measuring += self.clock.elapsed() - begun;
        let interpolated = iterate
            .as_ref()
            .and_then(|metrics| metrics.train_loss)
            .is_some_and(|loss| loss <= INTERPOLATION * self.instance.start_loss);
        let result = RunResult {
            outcome,
            outcome_detail: detail,
            termination,
            interpolated,
            resolved: self.resolved,
            oracle_calls: self.oracle.ledger().calls(),
            gradient_equivalents: self.oracle.ledger().spent(),
            steps: self.steps,
            optimizer_seconds: self.optimizing.as_secs_f64(),
            measurement_seconds: self.measuring.as_secs_f64(),
            reference_seconds: self.instance.seconds / self.instance.runs.max(1) as f64,
            start: Some(self.instance.start_metrics.clone()),
            iterate,
            limit,
            reference: self.instance.references.clone(),
        };
        (result, self.trajectory)
    }

    fn limit(&mut self) -> Limit {
        let measurements = self.instance.problem.dimensions().measurements;
        match limit_point(self.gauge.evaluator(), &self.w, measurements, self.instance.start_loss) {
            Err(unsupported) => no_limit(&unsupported.to_string()),
            Ok(LimitPoint { failure: Some(reason), .. }) => no_limit(&reason),
            Ok(point) => Limit {
                state: LimitState::Reached,
                reason: None,
                distance_moved: Some(point.distance),
                metrics: self.gauge.metrics(&point.w),
            },
        }
    }
}

fn no_limit(reason: &str) -> Limit {
    Limit {
        state: LimitState::NotReached,
        reason: Some(reason.to_owned()),
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
