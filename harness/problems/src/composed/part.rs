use super::ComposedProblem;
use crate::flatness::Flatness;
use crate::model::Model;

/// The measurements of a batch by themselves, with their residuals at a point: what is asked about them costs no pass over the others.
pub(super) struct Part<'a, M: Model> {
    model: M,
    scratch: M::Scratch,
    w: &'a [f64],
    /// ρ_i(w), one for each entry of the batch.
    pub(super) rho: Vec<f64>,
}

impl<'a, M: Model> Part<'a, M> {
    pub(super) fn new<T: Flatness>(problem: &ComposedProblem<M, T>, w: &'a [f64], batch: &[usize]) -> Self {
        assert!(!batch.is_empty(), "a mini-batch has at least one measurement");
        let model = problem.model.part(batch);
        let (mut scratch, mut rho) = (model.scratch(), vec![0.0; batch.len()]);
        model.prepare(w, &mut scratch);
        model.predict(w, &mut rho, &mut scratch);
        let targets = problem.residual.targets();
        rho.iter_mut().zip(batch).for_each(|(rho, &i)| *rho -= targets[i]);
        Part { model, scratch, w, rho }
    }

    /// The mean of ρ_i².
    pub(super) fn loss(&self) -> f64 {
        self.rho.iter().map(|rho| rho * rho).sum::<f64>() / self.rho.len() as f64
    }

    /// The Hessian of the mean of ρ_i² times v.
    pub(super) fn hessian_vector(mut self, v: &[f64], out: &mut [f64]) {
        let mut rho_dot = vec![0.0; self.rho.len()];
        let scale = 2.0 / self.rho.len() as f64;
        self.model.predict_tangent(self.w, v, &mut rho_dot, &mut self.scratch);
        self.model.pull_tangent(self.w, v, &self.rho, &rho_dot, scale, out, &mut self.scratch);
    }
}
