use flatbench_problems::{Evaluator, Pass, Problem, Question};
use flatbench_records::{Checkpoint, Crossing, Measure, Metrics, References};
use ndarray::Array2;

use crate::lanczos::{self, Eigenpair};
use crate::references::relative_error;
use crate::sharpness;

/// Singular values kept in records.
const KEPT: usize = 10;
/// m·d1·d2·k beyond which relative flatness is left out.
const MOST_OPERATIONS: f64 = 1e9;

/// Measures points of one instance. Everything is recomputed from the parameters; nothing an optimizer says is used.
pub struct Gauge<'a> {
    problem: &'a dyn Problem,
    evaluator: Box<dyn Evaluator + 'a>,
    flattest: Option<f64>,
}

impl<'a> Gauge<'a> {
    /// A gauge for an instance, with the references that excess flatness is measured against.
    pub fn new(problem: &'a dyn Problem, references: &References) -> Self {
        let flattest = references.flat.as_ref().map(|flat| flat.hessian_trace);
        Gauge { problem, evaluator: problem.evaluator(), flattest }
    }

    /// f(w).
    pub fn loss(&mut self, w: &[f64]) -> f64 {
        self.evaluator.loss(w)
    }

    /// The evaluator, for measurements that move a point.
    pub fn evaluator(&mut self) -> &mut dyn Evaluator {
        &mut *self.evaluator
    }

    /// Of what is measured along a run that which decides its course.
    pub fn loss_alone(&mut self, w: &[f64]) -> Checkpoint {
        Checkpoint { train_loss: finite(self.evaluator.loss(w)), ..Checkpoint::default() }
    }

    /// What is measured along a run; the caller fills in step, cost, time, distances and what the optimizer reports.
    pub fn checkpoint(&mut self, w: &[f64], full: bool) -> Checkpoint {
        let x = self.problem.end_to_end(w);
        Checkpoint {
            train_loss: finite(self.evaluator.loss(w)),
            hessian_trace: self.trace(w),
            relative_error: relative_error(self.problem, x.view()),
            singular_values: kept(&singular_values(&x)),
            balancedness: finite(self.problem.balancedness(w)),
            parameters: if w.len() <= Checkpoint::MOST_PARAMETERS { w.to_vec() } else { Vec::new() },
            lambda_max: if full { self.leading(w).map(|e| e.value) } else { None },
            ..Checkpoint::default()
        }
    }

    /// What is measured where a run crosses a level of the loss; the caller fills in level, step, cost and loss.
    pub fn crossing(&mut self, w: &[f64]) -> Crossing {
        let hessian_trace = self.trace(w);
        Crossing {
            level: 0.0,
            step: 0,
            gradient_equivalents: 0.0,
            train_loss: 0.0,
            relative_error: relative_error(self.problem, self.problem.end_to_end(w).view()),
            hessian_trace,
            excess_flatness: ratio(hessian_trace, self.flattest),
        }
    }

    /// All metrics of a point. A number that is not finite or does not exist for the family is `None`.
    pub fn metrics(&mut self, w: &[f64]) -> Metrics {
        let mut metrics = self.quick_metrics(w);
        self.complete(w, &mut metrics);
        metrics
    }

    /// Of all metrics those that take a few gradients and one decomposition; the others are `None`.
    pub fn quick_metrics(&mut self, w: &[f64]) -> Metrics {
        if w.iter().any(|x| !x.is_finite()) {
            return Metrics::default();
        }
        let problem = self.problem;
        let x = problem.end_to_end(w);
        let spectrum = singular_values(&x);
        let nuclear: f64 = spectrum.iter().sum();
        let trace = self.trace(w);
        let floor = finite(problem.flatness_floor(x.view()));
        Metrics {
            train_loss: finite(self.evaluator.loss(w)),
            validation_loss: problem.validation_loss(x.view()).and_then(finite),
            test_loss: problem.test_loss(x.view()).and_then(finite),
            test_rmse: problem.test_rmse(x.view()).and_then(finite),
            relative_error: relative_error(self.problem, x.view()),
            hessian_trace: trace,
            scaled_trace: finite(problem.scaled_trace(w)),
            flatness_floor: floor,
            balance_gap: ratio(trace, floor),
            model_gap: ratio(floor, self.flattest),
            excess_flatness: ratio(trace, self.flattest),
            nuclear_norm: finite(nuclear),
            effective_rank: finite(effective_rank(&spectrum)),
            stable_rank: finite(spectrum.iter().map(|s| s * s).sum::<f64>() / spectrum.first().map_or(0.0, |s| s * s)),
            balancedness: finite(problem.balancedness(w)),
            parameter_norm: finite(w.iter().map(|x| x * x).sum::<f64>().sqrt()),
            singular_values: kept(&spectrum),
            ..Metrics::default()
        }
    }

    /// Adds the metrics of the same point that [`quick_metrics`](Gauge::quick_metrics) leaves out: hundreds of Hessian-vector
    /// products.
    pub fn complete(&mut self, w: &[f64], metrics: &mut Metrics) {
        if w.iter().any(|x| !x.is_finite()) {
            return;
        }
        let leading = self.leading(w);
        metrics.lambda_max = leading.as_ref().map(|e| e.value);
        metrics.lambda_max_residual = leading.as_ref().map(|e| e.residual);
        metrics.relative_flatness = self.relative_flatness(w);
        metrics.worst_case_sharpness = leading.and_then(|e| sharpness::worst_case(&mut *self.evaluator, w, &e.vector));
    }

    /// Adds what all of ∇²f tells: a Hessian-vector product for each parameter. Nothing beyond [`Measure::MOST_PARAMETERS`], and where
    /// an entry is not finite or the loss has no second derivatives.
    pub fn spectrum(&mut self, w: &[f64], metrics: &mut Metrics) {
        if w.len() > Measure::MOST_PARAMETERS || w.iter().any(|x| !x.is_finite()) {
            return;
        }
        if self.evaluator.supports(Question::Pass(Pass::HessianVector(w))).is_err() {
            return;
        }
        let mut hessian = faer::Mat::<f64>::zeros(w.len(), w.len());
        let (mut unit, mut product) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        for j in 0..w.len() {
            unit[j] = 1.0;
            self.evaluator.hessian_vector(w, &unit, &mut product);
            unit[j] = 0.0;
            product.iter().enumerate().for_each(|(i, entry)| hessian[(i, j)] = *entry);
            if product.iter().any(|entry| !entry.is_finite()) {
                return;
            }
        }
        metrics.root_trace = finite((0..w.len()).map(|j| hessian[(j, j)].max(0.0).sqrt()).sum());
        let mut eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap_or_default();
        eigenvalues.reverse();
        metrics.hessian_eigenvalues = eigenvalues;
    }

    /// `None` where the loss has no second derivatives.
    fn trace(&mut self, w: &[f64]) -> Option<f64> {
        self.evaluator.supports(Question::Trace).ok()?;
        finite(self.evaluator.hessian_trace(w))
    }

    /// `None` where it would take too long.
    fn relative_flatness(&self, w: &[f64]) -> Option<f64> {
        let d = self.problem.dimensions();
        let operations = d.measurements as f64 * d.rows as f64 * d.cols as f64 * d.factor_rank as f64;
        if operations > MOST_OPERATIONS { None } else { finite(self.problem.relative_flatness(w)) }
    }

    fn leading(&mut self, w: &[f64]) -> Option<Eigenpair> {
        Some(lanczos::lambda_max(&mut *self.evaluator, w)).filter(|e| e.value.is_finite() && e.residual.is_finite())
    }
}

/// Singular values, descending; empty if an entry is not finite.
pub fn singular_values(x: &Array2<f64>) -> Vec<f64> {
    // The iteration would look for them for a long time.
    if x.iter().any(|entry| !entry.is_finite()) {
        return Vec::new();
    }
    faer::Mat::from_fn(x.nrows(), x.ncols(), |i, j| x[[i, j]]).singular_values().unwrap_or_default()
}

fn kept(spectrum: &[f64]) -> Vec<f64> {
    spectrum[..spectrum.len().min(KEPT)].to_vec()
}

/// exp of the entropy of σ/Σσ (Roy and Vetterli 2007).
fn effective_rank(spectrum: &[f64]) -> f64 {
    let total: f64 = spectrum.iter().sum();
    let entropy: f64 = spectrum.iter().map(|s| s / total).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum();
    entropy.exp()
}

fn ratio(over: Option<f64>, under: Option<f64>) -> Option<f64> {
    finite(over? / under?)
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
