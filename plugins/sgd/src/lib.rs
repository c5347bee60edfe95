//! Stochastic gradient descent: the gradient over a random batch of measurements.
//!
//! *Update rule*: w ← w − η (1/B) Σ_{i ∈ batch} ∇ρ_i(w)².
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the batch size B, 0 for all (sizes above m count as m); whether
//! indices are drawn with replacement. Without it the batches of an epoch are the pieces of a random permutation.
//!
//! *Cost per step*: B/m full-gradient equivalents.
//!
//! *References*: Robbins and Monro, "A stochastic approximation method", 1951. Bottou, Curtis and Nocedal, "Optimization methods
//! for large-scale machine learning", SIAM Review 2018.

use flatbench_plugin::prelude::*;

/// Stochastic gradient descent: w ← w − η ∇f_batch(w).
#[derive(Hyperparameters)]
pub struct Sgd {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 16, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
}

impl Optimizer for Sgd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        let gradient = oracle.batch_gradient(w, &batch)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("sgd", Sgd);
