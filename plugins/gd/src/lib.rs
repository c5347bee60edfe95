//! Gradient descent with the full gradient.
//!
//! *Update rule*: w ← w − η ∇f(w).
//!
//! *Hyper-parameters*: the step size η, constant or scheduled.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847. Oymak and
//! Soltanolkotabi, "Overparameterized nonlinear learning: gradient descent takes the shortest path?", ICML 2019.

use flatbench_plugin::prelude::*;

/// Gradient descent: w ← w − η ∇f(w).
#[derive(Hyperparameters)]
pub struct Gd {
    /// Step size η.
    #[hyper(default = 0.5, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
}

impl Optimizer for Gd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("gd", Gd);
