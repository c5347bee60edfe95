//! RMSprop: the gradient divided, entry by entry, by a running root mean square of itself.
//!
//! *Update rule*: with g = ∇f(w), v ← α v + (1 − α) g² and b ← μ b + g/(√v + ε), entry by entry; w ← w − η b. As in PyTorch
//! ε stands outside of the root, and v begins at 0 without correction: the first steps are longer by 1/√(1 − α).
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is a length in w, so it falls by default); the decay rate
//! α; the momentum μ, 0 for none; ε.
//!
//! *Why compare it*: it is Adam without the mean of the gradient, so it tells which of the two, scaling by entries or
//! averaging over time, keeps adaptive methods from flat minima; scaling alone is said to favour solutions of small maximum
//! norm.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Tieleman and Hinton, "Lecture 6.5: RMSprop", Neural networks for machine learning, 2012. Wilson, Roelofs,
//! Stern, Srebro and Recht, "The marginal value of adaptive gradient methods in machine learning", NeurIPS 2017.

use flatbench_plugin::prelude::*;

/// RMSprop: w ← w − η g/(√v + ε) with a running mean v of g².
#[derive(Hyperparameters)]
pub struct RmsProp {
    /// Step size η.
    #[hyper(default = geometric(1e-2, 1e-6), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Decay rate α of the mean of the squared gradient.
    #[hyper(default = 0.99, min = 0.0, max = 0.999999)]
    decay_rate: f64,
    /// Momentum μ.
    #[hyper(default = 0.0, min = 0.0, max = 0.999)]
    momentum: f64,
    /// Number ε that keeps the denominator from 0.
    #[hyper(default = 1e-8, above = 0.0, max = 1.0, scale = "log")]
    epsilon: f64,
    #[state]
    square: Vector,
    #[state]
    velocity: Vector,
}

impl Optimizer for RmsProp {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        (self.square, self.velocity) = (w.zeros_like(), w.zeros_like());
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        for (i, g) in gradient.iter().enumerate() {
            self.square[i] = self.decay_rate * self.square[i] + (1.0 - self.decay_rate) * g * g;
            self.velocity[i] = self.momentum * self.velocity[i] + g / (self.square[i].sqrt() + self.epsilon);
            w[i] -= step_size * self.velocity[i];
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("rmsprop", RmsProp);
