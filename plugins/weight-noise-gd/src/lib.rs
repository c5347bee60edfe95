//! Gradient descent on the loss smoothed by Gaussian noise on the weights.
//!
//! *Update rule*: w ← w − η (1/S) Σ_s ∇f(w + σ z_s), z_s independent standard normal vectors, drawn anew in every step.
//!
//! *Hyper-parameters*: the step size η and the noise level σ, constant or scheduled; the number of samples S. On average the
//! method descends on E f(w + σz) = f(w) + (σ²/2) tr ∇²f(w) + O(σ⁴): the noise acts as a penalty on the Hessian trace. With σ
//! falling to zero, as by default, it ends at zero loss.
//!
//! *Cost per step*: S full-gradient equivalents.
//!
//! *References*: Nesterov and Spokoiny, "Random gradient-free minimization of convex functions", 2017 (smoothing). Orvieto,
//! Raj, Kersting and Bach, "Explicit regularization in overparametrized models via noise injection", AISTATS 2023.

use flatbench_plugin::prelude::*;

/// Gradient descent with Gaussian noise on the weights: w ← w − η (1/S) Σ ∇f(w + σ z), σ annealed to zero over the run.
#[derive(Hyperparameters)]
pub struct WeightNoiseGd {
    /// Step size η.
    #[hyper(default = 0.25, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Standard deviation σ of the noise on each weight.
    #[hyper(default = geometric(1e-1, 1e-6), min = 0.0, scale = "log")]
    noise: Schedule,
    /// Number S of samples per step.
    #[hyper(default = 1, min = 1, scale = "log")]
    samples: usize,
}

impl Optimizer for WeightNoiseGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let (step_size, level) = (self.step_size.at(oracle), self.noise.at(oracle));
        let mut sum = w.zeros_like();
        let mut perturbed = w.zeros_like();
        for _ in 0..self.samples {
            oracle.random().fill_normal(&mut perturbed);
            perturbed.scale(level);
            perturbed.scaled_add(1.0, w);
            sum.scaled_add(1.0, &oracle.gradient(&perturbed)?);
        }
        w.scaled_add(-step_size / self.samples as f64, &sum);
        Ok(Status::Continue)
    }
}

export_optimizer!("weight-noise-gd", WeightNoiseGd);
