use super::curvature::curvature_gradient;
use super::part::{Part, signs};
use super::{ComposedProblem, Residual};
use crate::evaluator::{Evaluator, GroupRequest};
use crate::factorization::Factorization;
use crate::flatness::Flatness;
use crate::kernel::Rows;
use crate::model::{Model, ModelGroup, Pull};
use crate::question::{NotSupported, Pass, Question};

/// The oracles of a composed problem, written once for all families.
pub(super) struct ComposedEvaluator<'a, M: Model, T: Flatness> {
    problem: &'a ComposedProblem<M, T>,
    model: M::Scratch,
    flatness: T::Scratch,
    rho: Vec<f64>,
    rho_dot: Vec<f64>,
    batch_rho: Vec<f64>,
    parameters: Vec<f64>,
    projection: Vec<f64>,
    /// Weights of the blocks in the whole trace.
    ones: Vec<f64>,
    /// For Hessian-vector products, where one pass over the measurements takes a point and a direction; made when needed.
    pair: Option<Box<dyn ModelGroup + 'a>>,
}

/// What is returned where no number is asked for.
const NO_NUMBER: f64 = f64::NAN;

const NO_SQUARES: &str =
    "its loss is a mean of absolute values: it has kinks where it is least, and is no mean of squares";
const NO_MEASUREMENTS: &str = "its loss is a distance between matrices, not a mean over measurements";

impl<'a, M: Model, T: Flatness> ComposedEvaluator<'a, M, T> {
    pub(super) fn new(problem: &'a ComposedProblem<M, T>) -> Self {
        let m = problem.dimensions.measurements;
        ComposedEvaluator {
            model: problem.model.scratch(),
            flatness: problem.flatness.scratch(),
            rho: vec![0.0; m],
            rho_dot: vec![0.0; m],
            batch_rho: Vec::new(),
            parameters: vec![0.0; problem.dimensions.parameters],
            projection: problem.residual.scratch(),
            ones: vec![1.0; problem.model.factors().blocks().len()],
            pair: None,
            problem,
        }
    }

    fn count(&self) -> f64 {
        self.problem.dimensions.measurements as f64
    }

    fn check(&self, w: &[f64]) {
        assert_eq!(w.len(), self.problem.dimensions.parameters, "length of a parameter vector");
    }

    /// Fills `rho` with the residuals at w, `model` with partial results.
    fn update_residuals(&mut self, w: &[f64]) {
        self.problem.model.prepare(w, &mut self.model);
        self.problem.model.predict(w, &mut self.rho, &mut self.model);
        self.problem.residual.apply(&mut self.rho, &mut self.projection);
    }

    fn loss_of_residuals(&self) -> f64 {
        self.problem.residual.loss(&self.rho)
    }

    /// Residuals at w, with `noise` added to the targets, and the gradient of their mean square, or a subgradient of their mean absolute
    /// value (residuals then without the noise).
    fn pull_residuals(&mut self, w: &[f64], noise: Option<&[f64]>, out: &mut [f64]) {
        let (problem, scale) = (self.problem, 2.0 / self.count());
        if let Residual::Targets(targets) = &problem.residual {
            let rows = Rows { batch: None, targets: Some(targets), noise };
            problem.model.prepare(w, &mut self.model);
            problem.model.residual_pull(w, Pull { rows, rho: &mut self.rho, scale, out }, &mut self.model);
        } else {
            self.update_residuals(w);
            if let Residual::Absolute { .. } = problem.residual {
                let signs = signs(&self.rho, noise);
                return problem.model.pull(w, &signs, 0.5 * scale, out, &mut self.model);
            }
            problem.model.pull(w, &self.rho, scale, out, &mut self.model);
        }
    }

    /// The gradient of the mean over a batch.
    fn pull_batch(&mut self, w: &[f64], batch: &[usize], noise: Option<&[f64]>, out: &mut [f64]) {
        assert!(!batch.is_empty(), "a mini-batch has at least one measurement");
        if let Residual::Absolute { .. } = self.problem.residual {
            return Part::new(self.problem, w, batch).subgradient(noise, out);
        }
        self.batch_rho.resize(batch.len(), 0.0);
        let rows = Rows { batch: Some(batch), targets: Some(self.problem.residual.targets()), noise };
        let pull = Pull { rows, rho: &mut self.batch_rho, scale: 2.0 / batch.len() as f64, out };
        self.problem.model.batch_pull(w, pull, &mut self.model);
    }

    fn multiply_hessian(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.check(v);
        let (scale, model) = (2.0 / self.count(), &self.problem.model);
        if let Residual::Targets(targets) = &self.problem.residual {
            if self.pair.is_none() {
                self.pair = model.group(2);
            }
            if let Some(pair) = &mut self.pair {
                let request = GroupRequest { w, pass: Pass::HessianVector(v), out, loss: 0.0 };
                return pair.serve(targets, scale, &mut [request]);
            }
        }
        self.update_residuals(w);
        model.predict_tangent(w, v, &mut self.rho_dot, &mut self.model);
        model.pull_tangent(w, v, &self.rho, &self.rho_dot, scale, out, &mut self.model);
    }

    fn residual_term(&mut self, w: &[f64]) -> f64 {
        let problem = self.problem;
        let Some(weights) = problem.flatness.residual_weights() else { return 0.0 };
        self.update_residuals(w);
        weights.iter().zip(&self.rho).map(|(t, rho)| t * rho).sum()
    }
}

impl<M: Model, T: Flatness> Evaluator for ComposedEvaluator<'_, M, T> {
    fn supports(&self, question: Question<'_>) -> Result<(), NotSupported> {
        let (refused, reason) = match &self.problem.residual {
            Residual::Targets(_) => return Ok(()),
            Residual::Ball { .. } => (question.about_measurements(), NO_MEASUREMENTS),
            Residual::Absolute { .. } => (question.about_squares(), NO_SQUARES),
        };
        refused.map_or(Ok(()), |question| Err(NotSupported { question, reason }))
    }

    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> f64 {
        self.check(w);
        if let Err(error) = self.supports(question) {
            panic!("{error}");
        }
        match question {
            Question::Loss => {
                self.update_residuals(w);
                self.loss_of_residuals()
            }
            Question::Pass(Pass::Gradient) => {
                self.pull_residuals(w, None, out);
                self.loss_of_residuals()
            }
            Question::Pass(Pass::PerturbedGradient(noise)) => {
                self.pull_residuals(w, Some(noise), out);
                NO_NUMBER
            }
            Question::Pass(Pass::HessianVector(v)) => {
                self.multiply_hessian(w, v, out);
                NO_NUMBER
            }
            Question::MinibatchGradient { batch, noise } => {
                self.pull_batch(w, batch, noise, out);
                NO_NUMBER
            }
            Question::Trace => {
                let residual_term = self.residual_term(w);
                let flatness = &self.problem.flatness;
                flatness.trace_gradient(w, &self.ones, residual_term, &mut self.parameters, &mut self.flatness)
            }
            Question::TraceGradient => {
                let residual_term = self.residual_term(w);
                self.problem.flatness.trace_gradient(w, &self.ones, residual_term, out, &mut self.flatness)
            }
            Question::WeightedTraceGradient(weights) => {
                assert_eq!(weights.len(), self.ones.len(), "a weight for each factor");
                let residual_term = self.residual_term(w);
                self.problem.flatness.trace_gradient(w, weights, residual_term, out, &mut self.flatness)
            }
            Question::TraceByBlock => {
                let residual_term = self.residual_term(w);
                out.copy_from_slice(&self.problem.flatness.trace_by_block(w, residual_term));
                NO_NUMBER
            }
            Question::MinibatchLoss(batch) => self.problem.residual.loss(&Part::new(self.problem, w, batch).rho),
            Question::MinibatchHessianVector { batch, v } => {
                self.check(v);
                Part::new(self.problem, w, batch).hessian_vector(v, out);
                NO_NUMBER
            }
            Question::MinibatchResiduals(batch) => {
                out.copy_from_slice(&Part::new(self.problem, w, batch).rho);
                NO_NUMBER
            }
            Question::CurvatureGradient(v) => {
                self.check(v);
                curvature_gradient(&self.problem.model, self.problem.residual.targets(), w, v, out);
                NO_NUMBER
            }
            Question::RelativeFlatness => self.problem.relative_flatness_of(w),
            Question::RelativeFlatnessGradient => {
                self.problem.relative_flatness_gradient(w, out);
                NO_NUMBER
            }
            Question::Residuals => {
                self.residuals(w, out);
                NO_NUMBER
            }
            Question::JacobianVector(v) => {
                self.jacobian_vector(w, v, out);
                NO_NUMBER
            }
            Question::JacobianTransposeVector(u) => {
                self.jacobian_transpose_vector(w, u, out);
                NO_NUMBER
            }
            Question::GaussNewtonVector(v) => {
                self.gauss_newton_vector(w, v, out);
                NO_NUMBER
            }
        }
    }

    fn gauss_newton_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.check(w);
        self.check(v);
        let (scale, problem) = (2.0 / self.count(), self.problem);
        if let Residual::Ball { .. } = problem.residual {
            self.update_residuals(w);
            problem.model.predict_tangent(w, v, &mut self.rho_dot, &mut self.model);
            problem.residual.differentiate(&self.rho, &mut self.rho_dot);
            problem.model.pull(w, &self.rho_dot, scale, out, &mut self.model);
        } else {
            problem.model.prepare(w, &mut self.model);
            problem.model.gauss_newton(w, v, &mut self.rho_dot, scale, out, &mut self.model);
        }
    }

    fn residuals(&mut self, w: &[f64], out: &mut [f64]) {
        self.check(w);
        self.update_residuals(w);
        out.copy_from_slice(&self.rho);
    }

    fn jacobian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.check(w);
        self.check(v);
        self.problem.model.prepare(w, &mut self.model);
        self.problem.model.predict_tangent(w, v, out, &mut self.model);
    }

    fn jacobian_transpose_vector(&mut self, w: &[f64], u: &[f64], out: &mut [f64]) {
        self.check(w);
        self.problem.model.prepare(w, &mut self.model);
        self.problem.model.pull(w, u, 1.0, out, &mut self.model);
    }
}
