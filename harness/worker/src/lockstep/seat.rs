use corosensei::Yielder;
use flatbench_problems::{Evaluator, GroupCall, NotSupported, Request};

/// A run's place in a group: an evaluator that suspends the run for what is served together and answers the rest at once.
pub(super) struct Seat<'a> {
    alone: Box<dyn Evaluator + 'a>,
    yielder: &'a Yielder<f64, Request<'static>>,
}

impl<'a> Seat<'a> {
    /// `alone` answers at once; `yielder` belongs to the stack that the seat is used on.
    pub(super) fn new(alone: Box<dyn Evaluator + 'a>, yielder: &'a Yielder<f64, Request<'static>>) -> Self {
        Seat { alone, yielder }
    }

    /// Suspends the run until the request is served; returns the loss that comes with it.
    fn ask(&mut self, w: &[f64], call: GroupCall<'_>, out: &mut [f64]) -> f64 {
        let request = Request { w, call, out, loss: f64::NAN };
        // SAFETY: only lifetimes change. This frame, and those that lend the slices, stay as they are until the run is
        // resumed, and the engine lets go of the request before it resumes the run.
        let request = unsafe { std::mem::transmute::<Request<'_>, Request<'static>>(request) };
        self.yielder.suspend(request)
    }
}

impl Evaluator for Seat<'_> {
    fn loss(&mut self, w: &[f64]) -> f64 {
        self.alone.loss(w)
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> f64 {
        self.ask(w, GroupCall::Gradient, out)
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), NotSupported> {
        self.alone.minibatch_gradient(w, batch, noise, out)
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.ask(w, GroupCall::PerturbedGradient(noise), out);
        Ok(())
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.ask(w, GroupCall::HessianVector(v), out);
        Ok(())
    }

    // The trace and its gradient come from moments of the measurements, whose array is not read: company is no gain.
    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, NotSupported> {
        self.alone.hessian_trace(w)
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, NotSupported> {
        self.alone.hessian_trace_gradient(w, out)
    }

    fn residuals(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.alone.residuals(w, out)
    }

    fn jacobian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.alone.jacobian_vector(w, v, out)
    }

    fn jacobian_transpose_vector(&mut self, w: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.alone.jacobian_transpose_vector(w, u, out)
    }
}
