use std::time::{Duration, Instant};

use flatbench_instances::{Gauge, Instance};
use flatbench_problems::limit::{LimitFailure, allowance, limit_point, nearest_point};
use flatbench_records::{
    INTERPOLATION, Limit, LimitState, Measure, Metrics, Nearest, Point, RunResult, Termination, Trajectory,
};

use super::heartbeat::Listener;
use super::stopwatch::Stopwatch;
use crate::finite::all_finite;

/// What took longer than this is told at once, so that it cannot be lost.
const WORTH_TELLING: Duration = Duration::from_millis(100);

/// Measures where a run has stopped, the quickest first, and tells what it has before each part: none of it is the
/// optimizer's, and what may take long or die must not cost it what is known.
pub(super) struct Measuring<'a, 'b> {
    pub(super) instance: &'a Instance,
    pub(super) gauge: Gauge<'a>,
    pub(super) stopwatch: Stopwatch<'a>,
    pub(super) listener: &'b mut dyn Listener,
    /// Seconds, for everything that the host measures of the run.
    pub(super) limit: f64,
    /// Why only what is quick is measured.
    pub(super) sparing: Option<String>,
    /// What is measured besides.
    pub(super) measure: &'a Measure,
    /// Whether the parameters are told.
    pub(super) keep_parameters: bool,
    /// The limit, once it is reached.
    pub(super) reached: Option<Vec<f64>>,
    /// Told with the first part.
    pub(super) trajectory: Option<Trajectory>,
}

impl Measuring<'_, '_> {
    /// Fills in iterate and limit.
    pub(super) fn measure(mut self, w: &[f64], budget: f64, mut result: RunResult) -> (RunResult, Option<Trajectory>) {
        self.tell_point(Point::Start, &self.instance.start);
        self.tell_point(Point::Iterate, w);
        if all_finite(w) {
            let loss = self.stopwatch.measure(|| self.gauge.loss(w));
            let train_loss = Some(loss).filter(|loss| loss.is_finite());
            result.interpolated = loss <= INTERPOLATION * self.instance.start_loss;
            result.iterate = Some(Metrics { train_loss, ..Metrics::default() });
        }
        self.tell(&mut result);
        let begun = Instant::now();
        if all_finite(w) {
            result.iterate = Some(self.stopwatch.measure(|| self.gauge.quick_metrics(w)));
            self.tell_after(begun, &mut result);
        }
        if self.may_go_on(&mut result)
            && let Some(metrics) = &mut result.iterate
        {
            let begun = Instant::now();
            self.stopwatch.measure(|| {
                self.gauge.complete(w, metrics);
                if self.measure.spectrum {
                    self.gauge.spectrum(w, metrics);
                }
            });
            self.tell_after(begun, &mut result);
        }
        result.limit = match result.termination {
            None => None,
            Some(Termination::Diverged) => Some(no_limit(LimitFailure::Diverged.to_string())),
            Some(_) => Some(match self.may_go_on(&mut result) {
                true => self.limit(w, allowance(budget)),
                false => no_limit(result.unmeasured.clone().unwrap_or_default()),
            }),
        };
        if let Some(limit) = std::mem::take(&mut self.reached)
            && self.measure.nearest
            && self.may_go_on(&mut result)
        {
            result.nearest = self.nearest(&limit);
        }
        self.note_time(&mut result);
        (result, self.trajectory)
    }

    /// Whether there is time left; if not, the result says so.
    fn may_go_on(&self, result: &mut RunResult) -> bool {
        let measuring = self.stopwatch.measuring().as_secs_f64();
        let reason = match &self.sparing {
            Some(reason) => reason.clone(),
            None if measuring > self.limit => {
                format!(
                    "measuring took {measuring:.1} s, more than the {} s it may take (--measuring-limit)",
                    self.limit
                )
            }
            None => return true,
        };
        result.unmeasured = Some(reason);
        false
    }

    /// Where gradient flow from w ends, measured.
    fn limit(&mut self, w: &[f64], allowance: usize) -> Limit {
        let (instance, gauge, spectrum) = (self.instance, &mut self.gauge, self.measure.spectrum);
        let (limit, reached) = self.stopwatch.measure(|| {
            let point = limit_point(&*instance.problem, gauge.evaluator(), w, instance.start_loss, allowance);
            match point.failure {
                Some(failure) => (no_limit(failure.to_string()), None),
                None => {
                    let mut metrics = gauge.metrics(&point.w);
                    if spectrum {
                        gauge.spectrum(&point.w, &mut metrics);
                    }
                    let distance_moved = Some(point.distance);
                    (Limit { state: LimitState::Reached, reason: None, distance_moved, metrics }, Some(point.w))
                }
            }
        });
        if let Some(w) = &reached {
            self.tell_point(Point::Limit, w);
        }
        self.reached = reached;
        limit
    }

    /// The zero-loss point nearest to the start, as it is found from this one.
    fn nearest(&mut self, limit: &[f64]) -> Option<Nearest> {
        let (instance, gauge) = (self.instance, &mut self.gauge);
        let measurements = instance.problem.dimensions().measurements;
        let (_, nearest) = self
            .stopwatch
            .measure(|| nearest_point(gauge.evaluator(), measurements, limit, &instance.start, instance.start_loss))?;
        Some(nearest)
    }

    fn tell_point(&mut self, point: Point, w: &[f64]) {
        if self.keep_parameters {
            self.listener.reached(point, w);
        }
    }

    fn tell_after(&mut self, begun: Instant, result: &mut RunResult) {
        if begun.elapsed() > WORTH_TELLING {
            self.tell(result);
        }
    }

    fn tell(&mut self, result: &mut RunResult) {
        if self.listener.wants_results() {
            self.note_time(result);
            let trajectory = self.trajectory.take();
            self.listener.stopped(result, trajectory);
        }
    }

    fn note_time(&self, result: &mut RunResult) {
        result.measurement_seconds = self.stopwatch.measuring().as_secs_f64();
    }
}

fn no_limit(reason: String) -> Limit {
    Limit { state: LimitState::NotReached, reason: Some(reason), distance_moved: None, metrics: Default::default() }
}
