use super::ComposedProblem;
use crate::flatness::Flatness;
use crate::model::Model;

/// The signs of ρ − noise, zero where that is zero.
pub(super) fn signs(rho: &[f64], noise: Option<&[f64]>) -> Vec<f64> {
    let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
    match noise {
        None => rho.iter().map(|&rho| sign(rho)).collect(),
        Some(noise) => rho.iter().zip(noise).map(|(rho, noise)| sign(rho - noise)).collect(),
    }
}

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

    /// A subgradient of the mean of |ρ_i − noise_i|.
    pub(super) fn subgradient(mut self, noise: Option<&[f64]>, out: &mut [f64]) {
        let signs = signs(&self.rho, noise);
        self.model.pull(self.w, &signs, 1.0 / signs.len() as f64, out, &mut self.scratch);
    }

    /// The Hessian of the mean of ρ_i² times v.
    pub(super) fn hessian_vector(mut self, v: &[f64], out: &mut [f64]) {
        let mut rho_dot = vec![0.0; self.rho.len()];
        let scale = 2.0 / self.rho.len() as f64;
        self.model.predict_tangent(self.w, v, &mut rho_dot, &mut self.scratch);
        self.model.pull_tangent(self.w, v, &self.rho, &rho_dot, scale, out, &mut self.scratch);
    }
}
