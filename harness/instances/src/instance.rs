use std::time::Instant;

use flatbench_problems::{Problem, starting_point};
use flatbench_records::{Init, Metrics, References, Schedule, Unit, Value, protocol::Job};

use crate::cases::{self, CaseError};
use crate::gauge::Gauge;
use crate::lanczos;
use crate::references::{references, unsolved};

/// A drawn instance with everything that its runs share.
pub struct Instance {
    /// Truth, measurements and loss.
    pub problem: Box<dyn Problem>,
    /// Starting point.
    pub start: Vec<f64>,
    /// What f is measured by along a run: f at the start; at the large start of the draw where the start is given, which may be a
    /// zero-loss point.
    pub start_loss: f64,
    /// Metrics there.
    pub start_metrics: Metrics,
    /// Largest eigenvalue of the Hessian at the large starting point of this draw, whatever the regime: what step sizes in
    /// units of 1/λ_max are measured by. At a small start the Hessian says nothing of the curvature that is met later (for
    /// three layers and more it nearly vanishes). `None` where it does not exist or is not positive.
    pub unit_lambda_max: Option<f64>,
    /// What runs are compared with.
    pub references: References,
    /// Seconds spent on drawing, and on the references where they had to be solved.
    pub seconds: f64,
    /// Runs of the job, which share that time.
    pub runs: usize,
}

impl Instance {
    /// Draws the instance of a job and measures its starting point. References that the job brings are not solved
    /// again; where it is to be sparing, none are solved, and of the start only what is quick is measured.
    pub fn draw(job: &Job) -> Result<Self, CaseError> {
        let begun = Instant::now();
        let problem = cases::draw_held(&job.case, job.instance_seed, &job.data_root, job.data.as_ref())?;
        let references = job.references.clone().unwrap_or_else(|| match &job.sparing {
            None => references(&*problem),
            Some(reason) => unsolved(&*problem, reason),
        });
        let seconds = begun.elapsed().as_secs_f64();
        let start = start_of(&*problem, job)?;
        let mut gauge = Gauge::new(&*problem, &references);
        let large = problem.initial_point(Init::Large, job.init_seed);
        let start_loss = gauge.loss(if job.given.is_some() { &large } else { &start });
        let start_metrics = match &job.sparing {
            None => gauge.metrics(&start),
            Some(_) => gauge.quick_metrics(&start),
        };
        let unit_lambda_max = Some(lanczos::lambda_max(gauge.evaluator(), &large).value).filter(|&value| value > 0.0);
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

/// Where the runs of a job start.
///
/// # Errors
/// A given point that is not there, or is none of this problem.
pub(crate) fn start_of(problem: &dyn Problem, job: &Job) -> Result<Vec<f64>, CaseError> {
    let length = problem.dimensions().parameters;
    match &job.given {
        Some(given) if given.w.len() == length => Ok(given.w.clone()),
        Some(given) => Err(CaseError::Start(format!("{} numbers are given, and w has {length}", given.w.len()))),
        None if job.case.init == Init::Given => Err(CaseError::Start("no point is given".to_owned())),
        None => Ok(starting_point(problem, &job.case, job.init_seed)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flatbench_records::protocol::{Tier, VERSION};
    use flatbench_records::{Case, Given, Measure, StartPoint};

    use super::*;

    fn job(family: &str, parameters: &[(&str, Value)], init: Init) -> Job {
        let parameters: BTreeMap<String, Value> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Job {
            version: VERSION,
            id: 0,
            token: String::new(),
            case: Case {
                name: "case".to_owned(),
                family: family.to_owned(),
                parameters,
                init,
                budget: 1.0,
                ..Case::default()
            },
            instance_seed: 1,
            init_seed: 2,
            given: None,
            data_root: ".".into(),
            data: None,
            tier: Tier::Cheap,
            measure: Measure::default(),
            references: None,
            measuring_limit: 600.0,
            sparing: None,
            keep_parameters: false,
            runs: Vec::new(),
        }
    }

    /// The job, with references that went through the pipe.
    fn handed(job: &Job, references: &References) -> Job {
        let line = serde_json::to_string(&Job { references: Some(references.clone()), ..job.clone() }).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn an_instance_with_references_handed_over_is_the_one_that_solved_them() {
        let size = |name, n| (name, Value::Integer(n));
        let sizes = [size("rows", 6), size("cols", 5), size("rank", 1)];
        let sensing = [&sizes[..], &[size("measurements", 26)]].concat();
        let outliers = [&sizes[..], &[("outlier_fraction", Value::Real(0.05))]].concat();
        let large = [size("rows", 4), size("cols", 4), size("rank", 1), size("measurements", 3001)];
        for (family, parameters, flat) in
            [("matrix-sensing", &sensing[..], true), ("robust-pca", &outliers, true), ("matrix-sensing", &large, false)]
        {
            let solved = Instance::draw(&job(family, parameters, Init::Large)).unwrap();
            assert_eq!(solved.references.flat.is_some(), flat, "{family}: {:?}", solved.references.missing);
            for init in [Init::Large, Init::Small] {
                let job = job(family, parameters, init);
                let (own, other) =
                    (Instance::draw(&job).unwrap(), Instance::draw(&handed(&job, &solved.references)).unwrap());
                assert_eq!(other.references, own.references, "{family} {init:?}");
                assert_eq!((other.start_loss, &other.start), (own.start_loss, &own.start));
                assert_eq!(other.start_metrics, own.start_metrics);
                assert_eq!(other.unit_lambda_max, own.unit_lambda_max);
            }
        }
    }

    #[test]
    fn a_scaled_start_is_a_multiple_with_the_units_of_the_large_one() {
        let sizes = [("rows", 6), ("cols", 5), ("rank", 1), ("measurements", 26)];
        let large = job("matrix-sensing", &sizes.map(|(name, n)| (name, Value::Integer(n))), Init::Large);
        let case = Case { init: Init::Scaled, init_scale: Some(1e-4), ..large.case.clone() };
        let scaled = Instance::draw(&Job { case, ..large.clone() }).unwrap();
        let large = Instance::draw(&large).unwrap();
        assert_eq!(scaled.unit_lambda_max, large.unit_lambda_max);
        assert_eq!(scaled.start, large.start.iter().map(|x| x * 1e-4).collect::<Vec<_>>());
        assert_ne!(scaled.start_loss, large.start_loss);
    }

    #[test]
    fn a_given_start_is_taken_as_it_is_and_losses_are_measured_by_the_large_one() {
        let sizes = [("rows", 6), ("cols", 5), ("rank", 1), ("measurements", 26)];
        let large = job("matrix-sensing", &sizes.map(|(name, n)| (name, Value::Integer(n))), Init::Large);
        let drawn = Instance::draw(&large).unwrap();
        let w: Vec<f64> = drawn.start.iter().map(|x| 1e-3 * x + 1e-9).collect();
        let point = StartPoint { from: "a test".to_owned(), hash: String::new() };
        let given = |w: &[f64]| Job {
            case: Case { init: Init::Given, ..large.case.clone() },
            given: Some(Given { point: point.clone(), w: w.to_vec() }),
            ..large.clone()
        };
        let line = serde_json::to_string(&given(&w)).unwrap();
        let instance = Instance::draw(&serde_json::from_str(&line).unwrap()).unwrap();
        assert_eq!(instance.start, w, "bit for bit through the pipe");
        assert_eq!((instance.start_loss, instance.unit_lambda_max), (drawn.start_loss, drawn.unit_lambda_max));
        assert_ne!(instance.start_metrics.train_loss, drawn.start_metrics.train_loss);
        let error = Instance::draw(&given(&w[1..])).map(|_| ()).unwrap_err();
        assert!(!error.is_of_the_place() && error.to_string().contains("w has"), "{error}");
        assert!(Instance::draw(&Job { given: None, ..given(&w) }).is_err(), "there is no such draw");
    }

    #[test]
    fn references_that_are_handed_over_are_not_solved_again() {
        let sizes = [("rows", 6), ("cols", 5), ("rank", 1), ("measurements", 26)];
        let job = job("matrix-sensing", &sizes.map(|(name, n)| (name, Value::Integer(n))), Init::Large);
        let mut forged = Instance::draw(&job).unwrap().references;
        forged.flat.as_mut().unwrap().hessian_trace *= 2.0;
        assert_eq!(Instance::draw(&handed(&job, &forged)).unwrap().references, forged);
    }
}
