//! Langevin dynamics with a falling temperature: gradient descent with noise on the weights themselves.
//!
//! *Update rule*: w ← w − η ∇f_batch(w) + √(2 η T) z, z a standard normal vector, drawn anew in every step.
//!
//! *Hyper-parameters*: the step size η and the temperature T, constant or scheduled, T falling by default so that the run
//! ends at zero loss; the batch size B, 0 for all (sizes above m count as m); whether indices are drawn with replacement.
//!
//! *Why compare it*: at a constant temperature and for small steps it samples from exp(−f/T), where wide valleys weigh more
//! (by 1/√det of the Hessian across them); its noise has no direction, unlike that of mini-batches and noisy targets.
//!
//! *Cost per step*: B/m full-gradient equivalents, 1 by default.
//!
//! *References*: Welling and Teh, "Bayesian learning via stochastic gradient Langevin dynamics", ICML 2011. Raginsky,
//! Rakhlin and Telgarsky, "Non-convex learning via stochastic gradient Langevin dynamics: a nonasymptotic analysis", COLT
//! 2017.

use flatbench_plugin::prelude::*;

/// Langevin dynamics: w ← w − η ∇f_batch(w) + √(2ηT) z, the temperature T annealed over the run.
#[derive(Hyperparameters)]
pub struct Langevin {
    /// Step size η.
    #[hyper(default = 0.5, unit = "1/lambda_max", min = 0.0, max = 1e6, scale = "log")]
    step_size: Schedule,
    /// Temperature T, in units of the loss.
    #[hyper(default = geometric(1e-3, 1e-12), min = 0.0, max = 1e6, scale = "log")]
    temperature: Schedule,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 0, max = 1_000_000, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
}

impl Optimizer for Langevin {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        let gradient = oracle.batch_gradient(w, &batch)?;
        let (step_size, temperature) = (self.step_size.at(oracle), self.temperature.at(oracle));
        let mut noise = w.zeros_like();
        oracle.random().fill_normal(&mut noise);
        w.scaled_add(-step_size, &gradient);
        w.scaled_add((2.0 * step_size * temperature).sqrt(), &noise);
        Ok(Status::Continue)
    }
}

export_optimizer!("langevin", Langevin);
