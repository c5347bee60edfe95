use crate::question::{NotSupported, Pass, Question};

/// The oracles of one instance, with scratch space allocated once. All answers are deterministic: the same question about
/// the same w gives the same bits, whatever was asked before.
pub trait Evaluator {
    /// Whether the family can answer. Only questions about single measurements or their targets may be refused, and where the loss is a
    /// mean of absolute values those about second derivatives and squared residuals.
    ///
    /// # Errors
    /// [`NotSupported`] where it cannot.
    fn supports(&self, question: Question<'_>) -> Result<(), NotSupported>;

    /// Answers a question about w: a vector is written into `out`, which is as long as the answer (that is as long as w, unless the
    /// question says otherwise) and overwritten as a whole; where the answer is a number, `out` is left alone and may be empty.
    ///
    /// Returns the number that is asked for or comes with the answer: f(w) for the loss and the gradient, tr ∇²f(w) for the
    /// trace and its gradient. With other questions it has no meaning.
    ///
    /// # Panics
    /// On a question that [`Evaluator::supports`] refuses, and on lengths and indices that do not fit the instance.
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> f64;

    /// Writes (2/m) JᵀJ v into `out`, J the derivative of the residuals (of the predictions, but for robust PCA): the
    /// Gauss-Newton part of ∇²f(w)·v, which is all of it at zero loss.
    fn gauss_newton_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]);

    /// Residuals ρ(w), length m: prediction minus target.
    fn residuals(&mut self, w: &[f64], out: &mut [f64]);

    /// J v, the derivative of the predictions along v; length m.
    fn jacobian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]);

    /// Jᵀ u, length of w.
    fn jacobian_transpose_vector(&mut self, w: &[f64], u: &[f64], out: &mut [f64]);

    /// f(w).
    fn loss(&mut self, w: &[f64]) -> f64 {
        self.answer(w, Question::Loss, &mut [])
    }

    /// Writes ∇f(w) into `out` and returns f(w), which comes with it.
    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> f64 {
        self.answer(w, Question::Pass(Pass::Gradient), out)
    }

    /// Writes ∇²f(w)·v into `out`.
    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.answer(w, Question::Pass(Pass::HessianVector(v)), out);
    }

    /// tr ∇²f(w), exact.
    fn hessian_trace(&mut self, w: &[f64]) -> f64 {
        self.answer(w, Question::Trace, &mut [])
    }

    /// Writes ∇ tr ∇²f(w) into `out` and returns tr ∇²f(w).
    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> f64 {
        self.answer(w, Question::TraceGradient, out)
    }
}

/// One question to a [`GroupEvaluator`].
#[derive(Debug)]
pub struct GroupRequest<'a> {
    /// The point.
    pub w: &'a [f64],
    /// What is asked.
    pub pass: Pass<'a>,
    /// Where the answer is written, as long as w.
    pub out: &'a mut [f64],
    /// Mean squared residual, which comes with the answer: f(w), of the perturbed targets where they are.
    pub loss: f64,
}

/// The oracles of one instance for several points at once, with scratch space allocated once. Every answer has the bits
/// that an [`Evaluator`] gives, whatever else is in the group and in whatever order.
pub trait GroupEvaluator {
    /// Requests that one pass over the measurements takes; at most the number asked for, where that is at least two.
    fn capacity(&self) -> usize;

    /// Answers all requests, in as many passes as they need.
    fn serve(&mut self, requests: &mut [GroupRequest<'_>]);
}
