//! Sharpness-aware minimization: the gradient at the worst point nearby, to first order.
//!
//! *Update rule*: ε = ρ g/‖g‖ with g = ∇f_batch(w); w ← w − η ∇f_batch(w + ε), both gradients over the same batch.
//!
//! *Hyper-parameters*: the step size η and the radius ρ, constant or scheduled; the batch size B, 0 for all (sizes above m
//! count as m); whether indices are drawn with replacement. With all measurements SAM favours a small largest eigenvalue of
//! the Hessian, with batches of one a small trace (Wen et al. 2023), after about 1/(ηρ²) steps at zero loss.
//!
//! *Cost per step*: 2B/m full-gradient equivalents.
//!
//! *References*: Foret, Kleiner, Mobahi and Neyshabur, "Sharpness-aware minimization for efficiently improving
//! generalization", ICLR 2021. Wen, Ma and Li, "How does sharpness-aware minimization minimize sharpness?", ICLR 2023.

use flatbench_plugin::prelude::*;

/// Sharpness-aware minimization: w ← w − η ∇f_batch(w + ρ g/‖g‖), g = ∇f_batch(w).
#[derive(Hyperparameters)]
pub struct Sam {
    /// Step size η.
    #[hyper(default = 0.25, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Radius ρ of the perturbation.
    #[hyper(default = 0.05, min = 0.0, scale = "log")]
    radius: Schedule,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 0, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
}

impl Optimizer for Sam {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        let ascent = oracle.batch_gradient(w, &batch)?;
        let mut perturbed = w.clone();
        // Where the gradient vanishes there is no worst direction: the perturbation is then 0.
        perturbed.scaled_add(self.radius.at(oracle) / ascent.norm().max(f64::MIN_POSITIVE), &ascent);
        let gradient = oracle.batch_gradient(&perturbed, &batch)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("sam", Sam);
