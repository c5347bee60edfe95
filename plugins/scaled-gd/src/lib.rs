//! Scaled gradient descent: each of two factors is preconditioned by the other one's Gram matrix.
//!
//! *Update rule*, for factors L and R with the same number k of columns: L ← L − (η/c) ∇_L f (RᵀR + λI)⁻¹ and
//! R ← R − (η/c) ∇_R f (LᵀL + λI)⁻¹, at the same time. For λ = 0 the product LRᵀ moves as if in coordinates where X is well
//! conditioned, whatever the condition of the truth and the balance of the factors.
//!
//! c is the mean curvature of the loss as a function of X, so that η has no unit: c = tr ∇²f(w)/(rows ‖R‖² + cols ‖L‖²) at the
//! starting point, which is 1 for f = ½‖X − X*‖².
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the damping λ. Factors wider than the rank have Gram matrices that become
//! singular (Xu et al. 2023 damp them for that); for λ = 0 the pseudo-inverse takes the place of the inverse.
//!
//! *Requires* factors named L and R with equal numbers of columns; other problems are not supported.
//!
//! *Cost per step*: 1 full-gradient equivalent, and one Hessian trace in the beginning.
//!
//! *Why compare it*: it moves in X as gradient descent does in well-conditioned coordinates, so a difference to `gd` is the work of the
//! factors' condition and balance.
//!
//! *References*: Tong, Ma and Chi, "Accelerating ill-conditioned low-rank matrix estimation via scaled gradient descent", JMLR
//! 2021. Xu, Shen, Chi and Ma, "The power of preconditioning in overparameterized low-rank matrix sensing", ICML 2023.

mod curvature;
mod inverse;

use flatbench_plugin::prelude::*;

use curvature::{mean_curvature, two_factors};
use inverse::times_inverse_gram;

/// Scaled gradient descent: L ← L − η ∇_L f (RᵀR + λI)⁻¹ and R likewise, in units of the mean curvature.
#[derive(Hyperparameters)]
pub struct ScaledGd {
    /// Step size η, in units of the mean curvature of the loss in X.
    #[hyper(default = 0.1, min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Damping λ, 0 for the pseudo-inverse.
    #[hyper(default = 1e-2, min = 0.0, max = 1e6, scale = "log")]
    damping: f64,
    #[state]
    curvature: f64,
}

impl Optimizer for ScaledGd {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        two_factors(oracle)?;
        self.curvature = mean_curvature(w, oracle)?;
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let factor = self.step_size.at(oracle) / self.curvature;
        let move_left = times_inverse_gram(gradient.block("L"), w.block("R"), self.damping)?;
        let move_right = times_inverse_gram(gradient.block("R"), w.block("L"), self.damping)?;
        w.block_mut("L").scaled_add(-factor, &move_left);
        w.block_mut("R").scaled_add(-factor, &move_right);
        Ok(Status::Continue)
    }
}

export_optimizer!("scaled-gd", ScaledGd);
