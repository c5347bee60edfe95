use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::dense::{column, dot, norm, singular_values};
use super::error::{Axis, ReferenceError};
use super::measurements::Measurements;
use super::weight::Weight;
use crate::Problem;

/// Multipliers tried.
const TRIALS: i32 = 13;

/// A lower bound of tr ∇²f at every zero-loss point of a chain X = W_L ⋯ W_1, L ≥ 2: for any y with bᵀy > 0
///
/// ```text
/// tr ∇²f ≥ (2L/m) ( (bᵀy)^{L−1} / (‖y‖^{L−2} ‖S1^{−½} M(y) S2^{−½}‖) )^{2/L},   M(y) = Σ y_i A_i,
/// ```
///
/// in the Schatten norm of exponent 2/(L − 2) over the largest `width` singular values (the operator norm at L = 2, where
/// this is the dual program of the flattest minimum). METHODOLOGY has the proof. The y tried are those that minimise
/// ‖y‖² + θ ‖S1^{−½} M(y) S2^{−½}‖_F² at a given bᵀy, over a range of θ.
///
/// # Errors
/// A singular S1 or S2, or a decomposition that failed.
pub(super) fn lower_bound(problem: &dyn Problem, depth: usize) -> Result<f64, ReferenceError> {
    let (targets, width) = (problem.targets(), problem.dimensions().factor_rank);
    let (m, layers) = (targets.len(), depth as f64);
    let (first, last) = problem.operator().moments();
    let rows = Weight::square_root(first.to_array().view(), Axis::Row)?;
    let cols = Weight::square_root(last.to_array().view(), Axis::Column)?;
    let array = problem.operator().to_array();
    let whitened = Measurements::Dense(array.view()).whitened(&rows, &cols);
    let gram = whitened.gram();
    let mean = (0..m).map(|i| gram[(i, i)]).sum::<f64>() / m as f64;
    let mut best = 0.0_f64;
    for trial in 0..TRIALS {
        let theta = 10.0_f64.powf(0.5 * f64::from(trial - TRIALS / 2)) / mean;
        let system = Mat::from_fn(m, m, |i, j| if i < j { 0.0 } else { theta * gram[(i, j)] + f64::from(i == j) });
        let Ok(factor) = system.llt(Side::Lower) else { continue };
        let y = factor.solve(column(targets)).col_as_slice(0).to_vec();
        let values = singular_values(whitened.adjoint(&y).as_ref())?;
        let size = schatten(&values[..width.min(values.len())], depth);
        let reach = dot(targets, &y);
        if reach > 0.0 && size > 0.0 {
            let power = layers - 1.0;
            best = best.max(((power * reach.ln() - (layers - 2.0) * norm(&y).ln() - size.ln()) * 2.0 / layers).exp());
        }
    }
    Ok(2.0 * layers / m as f64 * best)
}

/// The Schatten norm of exponent 2/(L − 2).
fn schatten(values: &[f64], depth: usize) -> f64 {
    if depth == 2 {
        return values.first().copied().unwrap_or(0.0);
    }
    let exponent = 2.0 / (depth as f64 - 2.0);
    values.iter().map(|value| value.powf(exponent)).sum::<f64>().powf(1.0 / exponent)
}
