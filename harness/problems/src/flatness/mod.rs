//! Exact traces of the Hessian, and the flattest way of writing a given matrix.
//!
//! For a mean of squares, ∇²f = (2/m) Σ (∇p_i ∇p_iᵀ + ρ_i ∇²p_i) with p_i the predictions. The second part has trace
//! zero wherever p_i is linear in each factor by itself; only U Uᵀ and its signed form keep it.

mod bilinear;
mod chain;
mod deep;
mod gram;
mod hadamard;
mod moments;
mod program;

pub(crate) use bilinear::BilinearFlatness;
pub(crate) use deep::DeepFlatness;
pub(crate) use gram::GramFlatness;
pub(crate) use hadamard::HadamardFlatness;
pub use program::FlattestProgram;

use ndarray::Array2;

/// Traces of one instance.
pub(crate) trait Flatness: Send + Sync {
    /// Space for partial results.
    type Scratch: Send;

    /// Space for partial results.
    fn scratch(&self) -> Self::Scratch;

    /// Weights t_i, where the trace depends on Σ ρ_i t_i.
    fn residual_weights(&self) -> Option<&[f64]> {
        None
    }

    /// Σ_b c_b tr H_bb over the factor blocks with these weights c, its gradient written into `out`; tr ∇²f(w) where all weights are
    /// one. `residual_term` is Σ ρ_i t_i, or zero.
    fn trace_gradient(
        &self,
        w: &[f64],
        weights: &[f64],
        residual_term: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    ) -> f64;

    /// The trace split by factor block.
    fn trace_by_block(&self, w: &[f64], residual_term: f64) -> Vec<f64>;

    /// The smallest trace of any w with X(w) = x at zero loss.
    fn floor(&self, x: &Array2<f64>) -> f64;

    /// Weights P² and Q² for which ‖P X Q‖_* stands for the floor near `x`, where that is no such norm itself.
    fn local_weights(&self, _x: &Array2<f64>) -> Option<(Array2<f64>, Array2<f64>)> {
        None
    }

    /// A w with X(w) = x whose trace is `floor(x)`; `None` where the factors are too narrow for x.
    fn flattest_factorization(&self, x: &Array2<f64>) -> Option<Vec<f64>>;

    /// The convex program whose solution is the flattest zero-loss point.
    fn program(&self) -> FlattestProgram;
}
