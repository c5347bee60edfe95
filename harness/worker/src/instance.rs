use std::time::Instant;

use flatbench_problems::Problem;
use flatbench_records::{Init, Metrics, References, Schedule, Unit, Value, protocol::Job};

use crate::cases::{self, CaseError};
use crate::gauge::Gauge;
use crate::lanczos;
use crate::references::references;

/// A drawn instance with everything that its runs share.
pub struct Instance {
    /// Truth, measurements and loss.
    pub problem: Box<dyn Problem>,
    /// Starting point.
    pub start: Vec<f64>,
    /// f there.
    pub start_loss: f64,
    /// Metrics there.
    pub start_metrics: Metrics,
    /// Largest eigenvalue of the Hessian at the large starting point of this draw, whatever the regime: what step sizes in
    /// units of 1/λ_max are measured by. At a small start the Hessian says nothing of the curvature that is met later (for
    /// three layers and more it nearly vanishes). `None` where it does not exist or is not positive.
    pub unit_lambda_max: Option<f64>,
    /// What runs are compared with.
    pub references: References,
    /// Seconds spent on drawing and on the references.
    pub seconds: f64,
    /// Runs of the job, which share that time.
    pub runs: usize,
}

impl Instance {
    /// Draws the instance of a job and measures its starting point.
    pub fn draw(job: &Job) -> Result<Self, CaseError> {
        let begun = Instant::now();
        let problem = cases::draw(&job.case, job.instance_seed, &job.data_root)?;
        let references = references(&*problem);
        let seconds = begun.elapsed().as_secs_f64();
        let start = problem.initial_point(job.case.init, job.init_seed);
        let mut gauge = Gauge::new(&*problem, &references);
        let start_loss = gauge.loss(&start);
        let start_metrics = gauge.metrics(&start);
        let large = problem.initial_point(Init::Large, job.init_seed);
        let unit_lambda_max =
            lanczos::lambda_max(gauge.evaluator(), &large).ok().map(|e| e.value).filter(|&value| value > 0.0);
        drop(gauge);
        let runs = job.runs.len();
        Ok(Instance { problem, start, start_loss, start_metrics, unit_lambda_max, references, seconds, runs })
    }

    /// Replaces units that depend on the instance: `1/lambda_max` becomes a number.
    ///
    /// Returns `None` where that λ_max does not exist or is not positive.
    pub fn resolve(&self, value: &Value) -> Option<Value> {
        let Value::Schedule(schedule) = value else { return Some(value.clone()) };
        let factor = match schedule.unit {
            Unit::Absolute => 1.0,
            Unit::InverseLambdaMax => 1.0 / self.unit_lambda_max?,
        };
        Some(Value::Schedule(Schedule {
            from: schedule.from * factor,
            to: schedule.to * factor,
            unit: Unit::Absolute,
            ..schedule.clone()
        }))
    }
}
