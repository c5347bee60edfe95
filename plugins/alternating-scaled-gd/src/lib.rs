//! Alternating scaled gradient descent: two factors in turn, each preconditioned by the other one's Gram matrix.
//!
//! *Update rule*, for factors L and R with the same number k of columns: L ← L − (η/c) ∇_L f(L, R) (RᵀR + λI)⁻¹, and then, with the
//! new L, R ← R − (η/c) ∇_R f(L, R) (LᵀL + λI)⁻¹. c is the mean curvature of the loss as a function of X at the starting point, as in
//! `scaled-gd`.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the damping λ. For λ = 0 the pseudo-inverse takes the place of the
//! inverse where a Gram matrix is singular, as those of factors wider than the rank become.
//!
//! *Requires* factors named L and R with equal numbers of columns; other problems are not supported.
//!
//! *Cost per step*: 2 full-gradient equivalents, and one Hessian trace in the beginning.
//!
//! *Why compare it*: an alternating method sees each factor as a linear least-squares problem; a difference to `scaled-gd` is what moving
//! both factors at once does.
//!
//! *References*: Tanner and Wei, "Low rank matrix completion by alternating steepest descent methods", Applied and Computational
//! Harmonic Analysis 2016. Tong, Ma and Chi, "Accelerating ill-conditioned low-rank matrix estimation via scaled gradient descent",
//! JMLR 2021. Xu, Shen, Chi and Ma, "The power of preconditioning in overparameterized low-rank matrix sensing", ICML 2023.

// One inverse and one unit for both methods.
#[path = "../../scaled-gd/src/curvature.rs"]
mod curvature;
#[path = "../../scaled-gd/src/inverse.rs"]
mod inverse;

use flatbench_plugin::prelude::*;

use curvature::{mean_curvature, two_factors};
use inverse::times_inverse_gram;

/// Alternating scaled gradient descent: L ← L − η ∇_L f (RᵀR + λI)⁻¹, then R likewise with the new L.
#[derive(Hyperparameters)]
pub struct AlternatingScaledGd {
    /// Step size η, in units of the mean curvature of the loss in X.
    #[hyper(default = 0.1, min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Damping λ, 0 for the pseudo-inverse.
    #[hyper(default = 1e-2, min = 0.0, max = 1e6, scale = "log")]
    damping: f64,
    #[state]
    curvature: f64,
}

impl Optimizer for AlternatingScaledGd {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        two_factors(oracle)?;
        self.curvature = mean_curvature(w, oracle)?;
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let mut next = w.clone();
        for (moving, standing) in [("L", "R"), ("R", "L")] {
            let gradient = oracle.gradient(&next)?;
            let factor = self.step_size.at(oracle) / self.curvature;
            let change = times_inverse_gram(gradient.block(moving), next.block(standing), self.damping)?;
            next.block_mut(moving).scaled_add(-factor, &change);
        }
        w.assign(&next);
        Ok(Status::Continue)
    }
}

export_optimizer!("alternating-scaled-gd", AlternatingScaledGd);
