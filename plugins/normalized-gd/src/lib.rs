//! Gradient descent with steps of a given length.
//!
//! *Update rule*: w ← w − η ∇f(w)/‖∇f(w)‖.
//!
//! *Hyper-parameters*: the step size η, which is the length of a step, constant or scheduled. A constant length never settles: near
//! a minimum the iterate jumps across the valley, along the sharpest direction, and so drifts to where the largest eigenvalue of
//! the Hessian is small (Arora et al. 2022). A falling one ends at zero loss.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Nesterov, "Minimization methods for nonsmooth convex and quasiconvex functions", 1984. Arora, Li and Panigrahi,
//! "Understanding gradient descent on the edge of stability in deep learning", ICML 2022.

use flatbench_plugin::prelude::*;

/// Normalized gradient descent: w ← w − η ∇f(w)/‖∇f(w)‖.
#[derive(Hyperparameters)]
pub struct NormalizedGd {
    /// Length η of a step.
    #[hyper(default = geometric(5e-2, 1e-5), min = 0.0, scale = "log")]
    step_size: Schedule,
}

impl Optimizer for NormalizedGd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let norm = gradient.norm();
        // Where the gradient vanishes there is no direction, now or later.
        if norm == 0.0 {
            return Ok(Status::Converged);
        }
        w.scaled_add(-self.step_size.at(oracle) / norm, &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("normalized-gd", NormalizedGd);
