//! Gradient descent along the signs of the gradient: steepest descent in the maximum norm.
//!
//! *Update rule*: w ← w − η sign(∇f(w)), entry by entry, with sign(0) = 0.
//!
//! *Hyper-parameters*: the step size η, by which every entry moves, constant or scheduled. A constant one never settles.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993.
//! Bernstein, Wang, Azizzadenesheli and Anandkumar, "signSGD: compressed optimisation for non-convex problems", ICML 2018.

use flatbench_plugin::prelude::*;

/// Sign gradient descent: w ← w − η sign(∇f(w)).
#[derive(Hyperparameters)]
pub struct SignGd {
    /// Step size η: how far every entry moves.
    #[hyper(default = geometric(1e-2, 1e-6), min = 0.0, scale = "log")]
    step_size: Schedule,
}

impl Optimizer for SignGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        for (x, g) in w.iter_mut().zip(gradient.iter()) {
            // `signum` of 0 is 1.
            *x -= if *g == 0.0 { 0.0 } else { step_size * g.signum() };
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("sign-gd", SignGd);
