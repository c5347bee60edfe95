//! AdamW: Adam's steps, and a decay of the weights that does not pass through the running means.
//!
//! *Update rule*: with g = ∇f(w), m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g²; w ← (1 − η λ) w − η m̂ / (√v̂ + ε),
//! where m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) at step t = 1, 2, …, all entry by entry. As in PyTorch η multiplies the
//! decay too; in the paper a common schedule multiplies both, which is the same.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is a length in w, so it falls by default); the decay λ,
//! constant or scheduled; the decay rates β₁ and β₂; ε.
//!
//! *Why compare it*: where it converges, it is to a stationary point of the loss under the constraint ‖w‖_∞ ≤ 1/λ (Xie and
//! Li 2024), a bias in the entries' size that knows nothing of rank or flatness.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019. Xie and Li, "Implicit bias of
//! AdamW: ℓ∞ norm constrained optimization", ICML 2024.

use flatbench_plugin::prelude::*;

/// AdamW: w ← (1 − ηλ) w − η m̂/(√v̂ + ε) with running means m̂ of the gradient and v̂ of its square.
#[derive(Hyperparameters)]
pub struct AdamW {
    /// Step size η.
    #[hyper(default = geometric(1e-2, 1e-5), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Decay λ.
    #[hyper(default = 1e-2, min = 0.0, max = 1e3, scale = "log")]
    decay: Schedule,
    /// Decay rate β₁ of the mean of the gradient.
    #[hyper(default = 0.9, min = 0.0, max = 0.9999)]
    beta1: f64,
    /// Decay rate β₂ of the mean of its square.
    #[hyper(default = 0.999, min = 0.0, max = 0.999999)]
    beta2: f64,
    /// Number ε that keeps the denominator from 0.
    #[hyper(default = 1e-8, above = 0.0, max = 1.0, scale = "log")]
    epsilon: f64,
    #[state]
    mean: Vector,
    #[state]
    square: Vector,
    #[state]
    steps: i32,
}

impl Optimizer for AdamW {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        (self.mean, self.square) = (w.zeros_like(), w.zeros_like());
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let (step_size, decay) = (self.step_size.at(oracle), self.decay.at(oracle));
        // The powers of β are 0 long before the count could overflow.
        self.steps = self.steps.saturating_add(1);
        let (bias1, bias2) = (1.0 - self.beta1.powi(self.steps), 1.0 - self.beta2.powi(self.steps));
        w.scale(1.0 - step_size * decay);
        for (i, g) in gradient.iter().enumerate() {
            self.mean[i] = self.beta1 * self.mean[i] + (1.0 - self.beta1) * g;
            self.square[i] = self.beta2 * self.square[i] + (1.0 - self.beta2) * g * g;
            w[i] -= step_size * (self.mean[i] / bias1) / ((self.square[i] / bias2).sqrt() + self.epsilon);
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("adamw", AdamW);
