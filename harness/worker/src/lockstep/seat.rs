use flatbench_problems::{Evaluator, GroupRequest, NotSupported, Pass, Question};

use super::stack::{Leave, Request};

/// The evaluator of a run in a group: one that suspends the run for what is served together and answers the rest at once.
pub(super) struct SeatedEvaluator<'a> {
    alone: Box<dyn Evaluator + 'a>,
    leave: Leave<'a>,
}

impl<'a> SeatedEvaluator<'a> {
    /// `alone` answers at once; `leave` is of the stack that the seat is used on.
    pub(super) fn new(alone: Box<dyn Evaluator + 'a>, leave: Leave<'a>) -> Self {
        SeatedEvaluator { alone, leave }
    }

    /// Suspends the run until the request is served; returns the loss that comes with it.
    fn wait(&mut self, w: &[f64], pass: Pass<'_>, out: &mut [f64]) -> f64 {
        let request = GroupRequest { w, pass, out, loss: f64::NAN };
        // SAFETY: only lifetimes change. This frame, and those that lend the slices, stay as they are until the run is
        // resumed, and the engine lets go of the request before it resumes the run.
        let request = unsafe { std::mem::transmute::<GroupRequest<'_>, Request>(request) };
        (self.leave)(request)
    }
}

impl Evaluator for SeatedEvaluator<'_> {
    fn supports(&self, question: Question<'_>) -> Result<(), NotSupported> {
        self.alone.supports(question)
    }

    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> f64 {
        match question {
            Question::Pass(pass) => self.wait(w, pass, out),
            // A loss is asked for seldom, a mini-batch takes rows of its own, and the trace and its gradient come from
            // moments of the measurements, whose array is not read: company is no gain. Residuals, products with their Jacobian and
            // what is made of several passes would gain something, and are asked for by few.
            alone => self.alone.answer(w, alone, out),
        }
    }

    fn residuals(&mut self, w: &[f64], out: &mut [f64]) {
        self.alone.residuals(w, out);
    }

    fn jacobian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.alone.jacobian_vector(w, v, out);
    }

    fn gauss_newton_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.alone.gauss_newton_vector(w, v, out);
    }

    fn jacobian_transpose_vector(&mut self, w: &[f64], u: &[f64], out: &mut [f64]) {
        self.alone.jacobian_transpose_vector(w, u, out);
    }
}
