//! Adam: steps of about equal length in every coordinate, from running means of the gradient and its square.
//!
//! *Update rule*: with g = ∇f(w), m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g²; w ← w − η m̂ / (√v̂ + ε), where
//! m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) at step t = 1, 2, …, all entry by entry.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is a length in w, so it falls by default: the method does not
//! settle at a constant one); the decay rates β₁ and β₂; ε.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.

use flatbench_plugin::prelude::*;

/// Adam: w ← w − η m̂/(√v̂ + ε) with running means m̂ of the gradient and v̂ of its square.
#[derive(Hyperparameters)]
pub struct Adam {
    /// Step size η.
    #[hyper(default = geometric(1e-2, 1e-5), min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Decay rate β₁ of the mean of the gradient.
    #[hyper(default = 0.9, min = 0.0, max = 0.9999)]
    beta1: f64,
    /// Decay rate β₂ of the mean of its square.
    #[hyper(default = 0.999, min = 0.0, max = 0.999999)]
    beta2: f64,
    /// Number ε that keeps the denominator from 0.
    #[hyper(default = 1e-8, above = 0.0, scale = "log")]
    epsilon: f64,
    #[state]
    mean: Vector,
    #[state]
    square: Vector,
    #[state]
    steps: i32,
}

impl Optimizer for Adam {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        (self.mean, self.square) = (w.zeros_like(), w.zeros_like());
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        // The powers of β are 0 long before the count could overflow.
        self.steps = self.steps.saturating_add(1);
        let (bias1, bias2) = (1.0 - self.beta1.powi(self.steps), 1.0 - self.beta2.powi(self.steps));
        for (i, g) in gradient.iter().enumerate() {
            self.mean[i] = self.beta1 * self.mean[i] + (1.0 - self.beta1) * g;
            self.square[i] = self.beta2 * self.square[i] + (1.0 - self.beta2) * g * g;
            w[i] -= step_size * (self.mean[i] / bias1) / ((self.square[i] / bias2).sqrt() + self.epsilon);
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("adam", Adam);
