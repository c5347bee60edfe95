//! Adaptive sharpness-aware minimization: SAM with a neighbourhood that scales with the weights.
//!
//! *Update rule*: with T = |w| + η₀ entry by entry and g = ∇f_batch(w), ε = ρ T² g/‖T g‖; w ← w − η ∇f_batch(w + ε), both gradients
//! over the same batch. The worst point is sought among those whose change, relative to T, has norm ρ.
//!
//! *Hyper-parameters*: the step size η and the radius ρ, constant or scheduled; the offset η₀; the batch size B, 0 for all (sizes
//! above m count as m); whether indices are drawn with replacement.
//!
//! *Cost per step*: 2B/m full-gradient equivalents.
//!
//! *References*: Kwon, Kim, Park and Choi, "ASAM: adaptive sharpness-aware minimization for scale-invariant learning of deep neural
//! networks", ICML 2021.

use flatbench_plugin::prelude::*;

/// Adaptive SAM: w ← w − η ∇f_batch(w + ρ T²g/‖Tg‖), g = ∇f_batch(w), T = |w| + η₀.
#[derive(Hyperparameters)]
pub struct Asam {
    /// Step size η.
    #[hyper(default = 0.25, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Radius ρ of the perturbation, relative to the weights.
    #[hyper(default = 0.1, min = 0.0, scale = "log")]
    radius: Schedule,
    /// Offset η₀, by which weights near 0 can still be perturbed.
    #[hyper(default = 0.01, min = 0.0, scale = "log")]
    offset: f64,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 0, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
}

impl Optimizer for Asam {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        // T g, then T² g.
        let mut ascent = oracle.batch_gradient(w, &batch)?;
        self.multiply_by_weights(&mut ascent, w);
        let norm = ascent.norm();
        self.multiply_by_weights(&mut ascent, w);
        let mut perturbed = w.clone();
        // Where the gradient vanishes there is no worst direction: the perturbation is then 0.
        if norm > 0.0 {
            perturbed.scaled_add(self.radius.at(oracle) / norm, &ascent);
        }
        let gradient = oracle.batch_gradient(&perturbed, &batch)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

impl Asam {
    /// v ← T v.
    fn multiply_by_weights(&self, v: &mut Parameters, w: &Parameters) {
        v.iter_mut().zip(w.iter()).for_each(|(v, w)| *v *= w.abs() + self.offset);
    }
}

export_optimizer!("asam", Asam);
