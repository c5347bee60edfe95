//! Gradient descent with momentum: Polyak's heavy ball, or Nesterov's look-ahead.
//!
//! *Update rule*: v ← μ v + ∇f(w); w ← w − η v for the heavy ball, w ← w − η (∇f(w) + μ v) for Nesterov. (The second is
//! Nesterov's method written in its look-ahead point, as is usual in machine learning.)
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the momentum μ; which of the two.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964. Nesterov, "A method for
//! solving the convex programming problem with convergence rate O(1/k²)", 1983. Sutskever, Martens, Dahl and Hinton, "On the
//! importance of initialization and momentum in deep learning", ICML 2013.

use flatbench_plugin::prelude::*;

/// Gradient descent with momentum: v ← μ v + ∇f(w), w ← w − η v (heavy ball) or w − η (∇f(w) + μ v) (Nesterov).
#[derive(Hyperparameters)]
pub struct Momentum {
    /// Step size η.
    #[hyper(default = 0.25, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.9, min = 0.0, max = 0.999)]
    momentum: f64,
    /// Whether to look ahead (Nesterov).
    #[hyper(default = false)]
    nesterov: bool,
    #[state]
    velocity: Vector,
}

impl Optimizer for Momentum {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        self.velocity.scale(self.momentum);
        self.velocity.scaled_add(1.0, &gradient);
        if self.nesterov {
            w.scaled_add(-step_size, &gradient);
            w.scaled_add(-step_size * self.momentum, &self.velocity);
        } else {
            w.scaled_add(-step_size, &self.velocity);
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("momentum", Momentum);
