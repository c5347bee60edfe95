//! Stochastic gradient descent on targets with fresh noise in every step.
//!
//! *Update rule*: w ← w − η (1/B) Σ_{i ∈ batch} ∇(ρ_i(w) − σ z_i)², z_i independent standard normal, drawn anew in every step.
//!
//! *Hyper-parameters*: the step size η and the noise level σ, constant or scheduled; the batch size B, 0 for all (sizes above m
//! count as m); whether indices are drawn with replacement. Near zero loss the method drifts along −(ησ²/2B) ∇ tr ∇²f and
//! keeps an excess loss of about (ησ²/2B) tr ∇²f (Damian et al. 2021); a σ that falls to zero ends at zero loss.
//!
//! *Cost per step*: B/m full-gradient equivalents.
//!
//! *References*: Damian, Ma and Lee, "Label noise SGD provably prefers flat global minimizers", NeurIPS 2021. Blanc, Gupta,
//! Valiant and Valiant, "Implicit regularization for deep neural networks driven by an Ornstein-Uhlenbeck like process", COLT
//! 2020.

use flatbench_plugin::prelude::*;

/// SGD on targets with fresh Gaussian noise in every step: drifts towards a small Hessian trace.
#[derive(Hyperparameters)]
pub struct LabelNoiseSgd {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Standard deviation σ of the noise on each target.
    #[hyper(default = 1.0, min = 0.0, scale = "log")]
    noise: Schedule,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 16, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
    #[state]
    perturbation: Vec<f64>,
}

impl Optimizer for LabelNoiseSgd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        let level = self.noise.at(oracle);
        self.perturbation.resize(batch.len(), 0.0);
        oracle.random().fill_normal(&mut self.perturbation);
        self.perturbation.iter_mut().for_each(|z| *z *= level);
        let gradient = oracle.batch_gradient_with_noise(w, &batch, &self.perturbation)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("label-noise-sgd", LabelNoiseSgd);
