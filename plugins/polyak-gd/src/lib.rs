//! Gradient descent with Polyak's step size, which the loss itself gives.
//!
//! *Update rule*: w ← w − min(c (f(w) − f*)/‖∇f(w)‖², η) ∇f(w), and no step where f(w) ≤ f*.
//!
//! *Hyper-parameters*: the factor c, 1 in Polyak's rule and below 2 for descent towards convex solutions; the least loss
//! f*, 0 where the measurements can be fitted, and where the loss is counted from its value at the truth (robust-sensing); the largest step η, constant or scheduled (the bound of SPS_max: at a saddle
//! point the loss stays while the gradient vanishes, and the rule would leap).
//!
//! *Why compare it*: its step grows with the inverse curvature along the path, so it works at the edge of stability without
//! tuning; long steps are said to lead away from sharp minima.
//!
//! *Cost per step*: 1 full-gradient equivalent: the loss comes with the gradient.
//!
//! *References*: Polyak, "Minimization of unsmooth functionals", 1969. Loizou, Vaswani, Laradji and Lacoste-Julien,
//! "Stochastic Polyak step-size for SGD: an adaptive learning rate for fast convergence", AISTATS 2021.

use flatbench_plugin::prelude::*;

/// Gradient descent with Polyak's step: w ← w − c (f(w) − f*)/‖∇f(w)‖² ∇f(w).
#[derive(Hyperparameters)]
pub struct PolyakGd {
    /// Factor c of the step.
    #[hyper(default = 1.0, above = 0.0, max = 2.0)]
    factor: f64,
    /// Least loss f*.
    #[hyper(default = 0.0, min = 0.0, max = 1e6)]
    least_loss: f64,
    /// Largest step size η.
    #[hyper(default = 10.0, unit = "1/lambda_max", above = 0.0, max = 1e9, scale = "log")]
    largest_step: Schedule,
    #[state]
    step_size: f64,
}

impl Optimizer for PolyakGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let (loss, gradient) = oracle.loss_and_gradient(w)?;
        let excess = loss - self.least_loss;
        let square = gradient.dot(&gradient);
        // Where the gradient vanishes there is no direction, now or later.
        if square == 0.0 {
            return Ok(Status::Converged);
        }
        self.step_size = (self.factor * excess.max(0.0) / square).min(self.largest_step.at(oracle));
        w.scaled_add(-self.step_size, &gradient);
        Ok(Status::Continue)
    }

    fn report(&self, _oracle: &Oracle) -> Vec<(String, f64)> {
        vec![("step_size".to_owned(), self.step_size)]
    }
}

export_optimizer!("polyak-gd", PolyakGd);
