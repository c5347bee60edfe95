//! Scaled gradient descent: each of two factors is preconditioned by the other one's Gram matrix.
//!
//! *Update rule*, for factors L and R with the same number k of columns: L ← L − (η/c) ∇_L f (RᵀR + λI)⁻¹ and
//! R ← R − (η/c) ∇_R f (LᵀL + λI)⁻¹, at the same time. For λ = 0 the product LRᵀ moves as if in coordinates where X is well
//! conditioned, whatever the condition of the truth and the balance of the factors.
//!
//! c is the mean curvature of the loss as a function of X, so that η has no unit: c = tr ∇²f(w)/(rows ‖R‖² + cols ‖L‖²) at the
//! starting point, which is 1 for f = ½‖X − X*‖².
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the damping λ, without which factors wider than the rank
//! have Gram matrices that become singular (Xu et al. 2023).
//!
//! *Requires* factors named L and R with equal numbers of columns; other problems are not supported.
//!
//! *Cost per step*: 1 full-gradient equivalent, and one Hessian trace in the beginning.
//!
//! *References*: Tong, Ma and Chi, "Accelerating ill-conditioned low-rank matrix estimation via scaled gradient descent", JMLR
//! 2021. Xu, Shen, Chi and Ma, "The power of preconditioning in overparameterized low-rank matrix sensing", ICML 2023.

mod cholesky;

use flatbench_plugin::ndarray::{Array2, ArrayView2};
use flatbench_plugin::prelude::*;

use cholesky::times_inverse;

/// Scaled gradient descent: L ← L − η ∇_L f (RᵀR + λI)⁻¹ and R likewise, in units of the mean curvature.
#[derive(Hyperparameters)]
pub struct ScaledGd {
    /// Step size η, in units of the mean curvature of the loss in X.
    #[hyper(default = 0.1, min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Damping λ.
    #[hyper(default = 1e-2, above = 0.0, scale = "log")]
    damping: f64,
    #[state]
    curvature: f64,
}

impl Optimizer for ScaledGd {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        let fits = matches!(oracle.blocks(), [l, r] if l.name == "L" && r.name == "R" && l.cols == r.cols);
        if !fits {
            let message = "scaled gradient descent needs two factors L and R with equal numbers of columns";
            return Err(Error::NotSupported(message.to_owned()));
        }
        let square = |matrix: ArrayView2<'_, f64>| matrix.iter().map(|x| x * x).sum::<f64>();
        let (left, right) = (w.block("L"), w.block("R"));
        let weight = left.nrows() as f64 * square(right) + right.nrows() as f64 * square(left);
        let curvature = oracle.hessian_trace(w)? / weight;
        // At w = 0 there is nothing to go by.
        self.curvature = if curvature.is_finite() && curvature > 0.0 { curvature } else { 1.0 };
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let factor = self.step_size.at(oracle) / self.curvature;
        let move_left = times_inverse(gradient.block("L"), self.gram(w.block("R")))?;
        let move_right = times_inverse(gradient.block("R"), self.gram(w.block("L")))?;
        w.block_mut("L").scaled_add(-factor, &move_left);
        w.block_mut("R").scaled_add(-factor, &move_right);
        Ok(Status::Continue)
    }
}

impl ScaledGd {
    /// FᵀF + λI.
    fn gram(&self, factor: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut gram = factor.t().dot(&factor);
        gram.diag_mut().map_inplace(|x| *x += self.damping);
        gram
    }
}

export_optimizer!("scaled-gd", ScaledGd);
