//! Lion: the sign of a momentum, found by a search over programs.
//!
//! *Update rule*: with g = ∇f(w), c = β₁ m + (1 − β₁) g; w ← w − η (sign(c) + λ w), with sign(0) = 0; m ← β₂ m + (1 − β₂)
//! g.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (every entry moves by it in every step, so it falls by
//! default); the decay λ, constant or scheduled; the rates β₁, at which the present gradient enters the step, and β₂, at
//! which momentum forgets.
//!
//! *Why compare it*: it solves min f(w) under ‖w‖_∞ ≤ 1/λ (Chen et al. 2024) by steepest descent in the maximum norm, whose
//! bias is to solutions with entries of equal size rather than to low rank.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Chen, Liang, Huang et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023. Chen, Liu, Liang
//! and Liu, "Lion secretly solves constrained optimization, as Lyapunov predicts", ICLR 2024.

use flatbench_plugin::prelude::*;

/// Lion: w ← w − η (sign(β₁ m + (1 − β₁) g) + λ w) with a running mean m of the gradient.
#[derive(Hyperparameters)]
pub struct Lion {
    /// Step size η, the change of every entry in a step.
    #[hyper(default = geometric(1e-2, 1e-7), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Decay λ.
    #[hyper(default = 1e-1, min = 0.0, max = 1e3, scale = "log")]
    decay: Schedule,
    /// Share β₁ of the momentum in a step.
    #[hyper(default = 0.9, min = 0.0, max = 0.9999)]
    beta1: f64,
    /// Decay rate β₂ of the momentum.
    #[hyper(default = 0.99, min = 0.0, max = 0.9999)]
    beta2: f64,
    #[state]
    mean: Vector,
}

impl Optimizer for Lion {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.mean = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let (step_size, decay) = (self.step_size.at(oracle), self.decay.at(oracle));
        for (i, g) in gradient.iter().enumerate() {
            let c = self.beta1 * self.mean[i] + (1.0 - self.beta1) * g;
            // `signum` of 0 is 1.
            let sign = if c == 0.0 { 0.0 } else { c.signum() };
            w[i] -= step_size * (sign + decay * w[i]);
            self.mean[i] = self.beta2 * self.mean[i] + (1.0 - self.beta2) * g;
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("lion", Lion);
