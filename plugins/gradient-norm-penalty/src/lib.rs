//! Gradient descent on the loss plus a penalty on the norm of its gradient.
//!
//! *Update rule*: w ← w − η (g + λ ∇²f(w) g/‖g‖) with g = ∇f(w): the gradient of f + λ‖∇f‖, exact. (The paper replaces the
//! product with the Hessian by a difference of two gradients.)
//!
//! *Hyper-parameters*: the step size η and the penalty λ, constant or scheduled. The second term does not vanish with g, so
//! λ falls by default and the run ends at zero loss.
//!
//! *Why compare it*: to first order in λ it is SAM with radius λ, so where the two differ, it is by SAM's higher orders;
//! near zero loss both are said to lower the largest eigenvalue of the Hessian.
//!
//! *Cost per step*: 3 full-gradient equivalents, a gradient and a Hessian-vector product.
//!
//! *References*: Zhao, Zhang and Hu, "Penalizing gradient norm for efficiently improving generalization in deep learning",
//! ICML 2022. Barrett and Dherin, "Implicit gradient regularization", ICLR 2021.

use flatbench_plugin::prelude::*;

/// Gradient descent on f(w) + λ‖∇f(w)‖, λ annealed over the run.
#[derive(Hyperparameters)]
pub struct GradientNormPenalty {
    /// Step size η.
    #[hyper(default = 1.0, unit = "1/lambda_max", min = 0.0, max = 1e6, scale = "log")]
    step_size: Schedule,
    /// Weight λ of the norm of the gradient.
    #[hyper(default = geometric(3e-1, 1e-7), min = 0.0, max = 1e3, scale = "log")]
    penalty: Schedule,
}

impl Optimizer for GradientNormPenalty {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let mut gradient = oracle.gradient(w)?;
        let norm = gradient.norm();
        // The norm has no gradient where it is 0, and nothing moves there, now or later.
        if norm == 0.0 {
            return Ok(Status::Converged);
        }
        let mut direction = gradient.clone();
        direction.scale(1.0 / norm);
        let curved = oracle.hessian_vector(w, &direction)?;
        gradient.scaled_add(self.penalty.at(oracle), &curved);
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("gradient-norm-penalty", GradientNormPenalty);
