//! Alternating minimization: exact least squares in one factor with the others held fixed, factor after factor.
//!
//! *Update rule*, for the factor b whose turn it is: w_b ← w_b + δ_b, where δ_b is the change of least norm that minimizes f with the
//! other factors as they are. f is quadratic in one factor, so δ_b solves G_bb δ_b = −∇_b f with the block G_bb of the Gauss-Newton
//! matrix, by conjugate gradients.
//!
//! *Hyper-parameters*: the accuracy to which the equations are solved, and the most products for a step; the fall of the gradient at which
//! it has converged.
//!
//! *Requires* measurements that are linear in every factor and at least two factors. Other problems are not supported: the first step finds
//! out by comparing the loss with its quadratic model in every factor.
//!
//! *Cost per step* (one factor): 1 full-gradient equivalent, and 1 for every product with G; in the beginning 1.5 for every factor.
//!
//! *Why compare it*: it is the classical method for completion and sensing with few columns. With factors wider than the rank one factor alone
//! can fit everything, and then its solution shows what the shortest way to zero loss in that factor leads to.
//!
//! *References*: Jain, Netrapalli and Sanghavi, "Low-rank matrix completion using alternating minimization", STOC 2013. Hardt,
//! "Understanding alternating minimization for matrix completion", FOCS 2014.

// The same equations as those of Gauss-Newton steps, in one block.
#[path = "../../levenberg-marquardt/src/cg.rs"]
mod cg;

use flatbench_plugin::prelude::*;

use cg::conjugate_gradients;

/// Relative difference of the loss and its quadratic model that is taken for rounding.
const ROUNDING: f64 = 1e-8;

/// Alternating minimization: exact least squares in one factor after the other, with the smallest change.
#[derive(Hyperparameters)]
pub struct AltMin {
    /// Relative residual to which the linear equations are solved.
    #[hyper(default = 1e-8, above = 0.0, max = 0.9, scale = "log")]
    accuracy: f64,
    /// Most products with G in a step.
    #[hyper(default = 500, min = 1, max = 100_000, scale = "log")]
    products: usize,
    /// The gradient's norm, relative to that at the start, at which the method has converged.
    #[hyper(default = 1e-10, min = 0.0, max = 1e-3, scale = "log")]
    tolerance: f64,
    /// The gradient's norm at the start; none before the first step.
    #[state]
    first_norm: Option<f64>,
    /// The factor whose turn it is.
    #[state]
    turn: usize,
}

impl Optimizer for AltMin {
    fn initialize(&mut self, _w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        if oracle.blocks().len() < 2 {
            let message = "alternating minimization needs at least two factors to go by turns";
            return Err(Error::NotSupported(message.to_owned()));
        }
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let (loss, gradient) = oracle.loss_and_gradient(w)?;
        let norm = gradient.norm();
        let first_norm = match self.first_norm {
            Some(first_norm) => first_norm,
            None => {
                check_linearity(w, loss, &gradient, oracle)?;
                *self.first_norm.insert(norm)
            }
        };
        if norm <= self.tolerance * first_norm {
            return Ok(Status::Converged);
        }
        let mut downhill = only(self.turn, &gradient);
        downhill.scale(-1.0);
        let change = conjugate_gradients(&downhill, self.accuracy, self.products, |v| {
            Ok(only(self.turn, &oracle.gauss_newton_vector(w, v)?))
        })?;
        w.scaled_add(1.0, &change);
        self.turn = (self.turn + 1) % w.blocks().len();
        Ok(Status::Continue)
    }
}

/// `v` with all blocks but one set to 0.
fn only(block: usize, v: &Parameters) -> Vector {
    let mut part = v.zeros_like();
    part.block_mut(block).assign(&v.block(block));
    part
}

/// f(w + v) = f(w) + ∇f(w)·v + ½ vᵀGv for changes v of one factor, as it is where every measurement is linear in it.
///
/// # Errors
/// [`Error::NotSupported`] where it is not.
fn check_linearity(w: &Parameters, loss: f64, gradient: &Parameters, oracle: &mut Oracle) -> Result<()> {
    for block in 0..w.blocks().len() {
        let mut v = w.zeros_like();
        oracle.random().fill_normal(&mut v);
        let mut v = only(block, &v);
        let scale = w.norm() / v.norm();
        v.scale(if scale > 0.0 { scale } else { 1.0 });
        let model = loss + gradient.dot(&v) + 0.5 * v.dot(&oracle.gauss_newton_vector(w, &v)?);
        let found = oracle.losses_along(w, &v, &[1.0])?[0];
        if (found - model).abs() > ROUNDING * (loss + found.abs()) {
            let message = format!(
                "alternating minimization needs measurements that are linear in every factor, and here they are not in {}",
                w.blocks()[block].name
            );
            return Err(Error::NotSupported(message));
        }
    }
    Ok(())
}

export_optimizer!("alt-min", AltMin);
