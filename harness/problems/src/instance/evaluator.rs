use super::{Instance, Residual};
use crate::flatness::Flatness;
use crate::kernel::Rows;
use crate::model::{Model, ModelGroup};
use crate::problem::{Evaluator, GroupCall, NotSupported, Request};

/// The oracles of an instance, written once for all families.
pub(super) struct InstanceEvaluator<'a, M: Model, T: Flatness> {
    instance: &'a Instance<M, T>,
    model: M::Scratch,
    flatness: T::Scratch,
    rho: Vec<f64>,
    rho_dot: Vec<f64>,
    batch_rho: Vec<f64>,
    parameters: Vec<f64>,
    projection: Vec<f64>,
    /// For Hessian-vector products, where one pass over the measurements takes a point and a direction; made when needed.
    pair: Option<Box<dyn ModelGroup + 'a>>,
}

const NO_MEASUREMENTS: &str = "its loss is a distance between matrices, not a mean over measurements";

impl<'a, M: Model, T: Flatness> InstanceEvaluator<'a, M, T> {
    pub(super) fn new(instance: &'a Instance<M, T>) -> Self {
        let m = instance.dimensions.measurements;
        InstanceEvaluator {
            model: instance.model.scratch(),
            flatness: instance.flatness.scratch(),
            rho: vec![0.0; m],
            rho_dot: vec![0.0; m],
            batch_rho: Vec::new(),
            parameters: vec![0.0; instance.dimensions.parameters],
            projection: instance.residual.scratch(),
            pair: None,
            instance,
        }
    }

    fn count(&self) -> f64 {
        self.instance.dimensions.measurements as f64
    }

    fn check(&self, w: &[f64]) {
        assert_eq!(w.len(), self.instance.dimensions.parameters, "length of a parameter vector");
    }

    /// Fills `rho` with the residuals at w, `model` with partial results.
    fn update_residuals(&mut self, w: &[f64]) {
        self.check(w);
        self.instance.model.prepare(w, &mut self.model);
        self.instance.model.predict(w, &mut self.rho, &mut self.model);
        self.instance.residual.apply(&mut self.rho, &mut self.projection);
    }

    fn mean_square(&self) -> f64 {
        self.rho.iter().map(|rho| rho * rho).sum::<f64>() / self.count()
    }

    /// Targets, for calls that need a mean over measurements.
    fn targets(&self, call: &'static str) -> Result<&'a [f64], NotSupported> {
        match &self.instance.residual {
            Residual::Targets(targets) => Ok(targets),
            Residual::Ball { .. } => Err(NotSupported { call, reason: NO_MEASUREMENTS }),
        }
    }

    fn residual_term(&mut self, w: &[f64]) -> f64 {
        self.check(w);
        let instance = self.instance;
        let Some(weights) = instance.flatness.residual_weights() else { return 0.0 };
        self.update_residuals(w);
        weights.iter().zip(&self.rho).map(|(t, rho)| t * rho).sum()
    }
}

impl<M: Model, T: Flatness> Evaluator for InstanceEvaluator<'_, M, T> {
    fn loss(&mut self, w: &[f64]) -> f64 {
        self.update_residuals(w);
        self.mean_square()
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> f64 {
        self.check(w);
        let (instance, scale) = (self.instance, 2.0 / self.count());
        if let Residual::Targets(targets) = &instance.residual {
            instance.model.prepare(w, &mut self.model);
            instance.model.residual_pull(w, Rows::all(targets), &mut self.rho, scale, out, &mut self.model);
        } else {
            self.update_residuals(w);
            instance.model.pull(w, &self.rho, scale, out, &mut self.model);
        }
        self.mean_square()
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), NotSupported> {
        self.check(w);
        let targets = self.targets("the mini-batch gradient")?;
        assert!(!batch.is_empty(), "a mini-batch has at least one measurement");
        self.batch_rho.resize(batch.len(), 0.0);
        let rows = Rows { batch: Some(batch), targets: Some(targets), noise };
        let scale = 2.0 / batch.len() as f64;
        self.instance.model.prepare_batch(w, &mut self.model);
        self.instance.model.residual_pull(w, rows, &mut self.batch_rho, scale, out, &mut self.model);
        Ok(())
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.check(w);
        let targets = self.targets("the gradient with perturbed targets")?;
        let rows = Rows { batch: None, targets: Some(targets), noise: Some(noise) };
        let scale = 2.0 / self.count();
        self.instance.model.prepare(w, &mut self.model);
        self.instance.model.residual_pull(w, rows, &mut self.rho, scale, out, &mut self.model);
        Ok(())
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.check(w);
        self.check(v);
        let (scale, model) = (2.0 / self.count(), &self.instance.model);
        if let Residual::Targets(targets) = &self.instance.residual {
            if self.pair.is_none() {
                self.pair = model.group(2);
            }
            if let Some(pair) = &mut self.pair {
                let request = Request { w, call: GroupCall::HessianVector(v), out, loss: 0.0 };
                pair.serve(targets, scale, &mut [request]);
                return Ok(());
            }
        }
        self.update_residuals(w);
        model.predict_tangent(w, v, &mut self.rho_dot, &mut self.model);
        model.pull_tangent(w, v, &self.rho, &self.rho_dot, scale, out, &mut self.model);
        Ok(())
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, NotSupported> {
        let residual_term = self.residual_term(w);
        Ok(self.instance.flatness.trace_gradient(w, residual_term, &mut self.parameters, &mut self.flatness))
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, NotSupported> {
        let residual_term = self.residual_term(w);
        Ok(self.instance.flatness.trace_gradient(w, residual_term, out, &mut self.flatness))
    }

    fn residuals(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.update_residuals(w);
        out.copy_from_slice(&self.rho);
        Ok(())
    }

    fn jacobian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.check(w);
        self.check(v);
        self.instance.model.prepare(w, &mut self.model);
        self.instance.model.predict_tangent(w, v, out, &mut self.model);
        Ok(())
    }

    fn jacobian_transpose_vector(&mut self, w: &[f64], u: &[f64], out: &mut [f64]) -> Result<(), NotSupported> {
        self.check(w);
        self.instance.model.prepare(w, &mut self.model);
        self.instance.model.pull(w, u, 1.0, out, &mut self.model);
        Ok(())
    }
}
