//! Lookahead: k steps of SGD, then part of the way from where they began to where they led.
//!
//! *Update rule*: θ ← w; k times v ← μ v + ∇f_batch(θ) and θ ← θ − η v; then w ← w + α (θ − w). The velocity v goes on into
//! the next k.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the momentum μ, 0 for none; the number k of fast steps and
//! the share α of the slow one; the batch size B, 0 for all (sizes above m count as m; the method then wraps gradient
//! descent); whether indices are drawn with replacement.
//!
//! *Why compare it*: slow weights average over the noise of the fast ones, as swa does over a whole run, and averages are
//! said to lie in the flat middle of a valley; with full gradients what is left is a step along the chord of the path.
//!
//! *Cost per step*: k B/m full-gradient equivalents.
//!
//! *References*: Zhang, Lucas, Hinton and Ba, "Lookahead optimizer: k steps forward, 1 step back", NeurIPS 2019.

use flatbench_plugin::prelude::*;

/// Lookahead around SGD: k fast steps θ ← θ − η v from w, then w ← w + α (θ − w).
#[derive(Hyperparameters)]
pub struct Lookahead {
    /// Step size η of the fast steps.
    #[hyper(default = 0.2, unit = "1/lambda_max", min = 0.0, max = 1e6, scale = "log")]
    step_size: Schedule,
    /// Momentum μ of the fast steps.
    #[hyper(default = 0.0, min = 0.0, max = 0.999)]
    momentum: f64,
    /// Number k of fast steps in a slow one.
    #[hyper(default = 5, min = 1, max = 1000, scale = "log")]
    fast_steps: usize,
    /// Share α of the way that the slow step goes.
    #[hyper(default = 0.5, above = 0.0, max = 1.0)]
    share: f64,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 16, max = 1_000_000, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
    #[state]
    velocity: Vector,
}

impl Optimizer for Lookahead {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let mut fast = w.clone();
        for _ in 0..self.fast_steps {
            let batch = oracle.sample_batch(self.batch_size, self.replacement);
            let gradient = oracle.batch_gradient(&fast, &batch)?;
            self.velocity.scale(self.momentum);
            self.velocity.scaled_add(1.0, &gradient);
            fast.scaled_add(-self.step_size.at(oracle), &self.velocity);
        }
        w.scale(1.0 - self.share);
        w.scaled_add(self.share, &fast);
        Ok(Status::Continue)
    }
}

export_optimizer!("lookahead", Lookahead);
