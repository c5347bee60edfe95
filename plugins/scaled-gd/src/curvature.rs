use flatbench_plugin::ndarray::ArrayView2;
use flatbench_plugin::prelude::*;

/// Whether the problem has two factors L and R with equal numbers of columns, as both scaled methods need.
///
/// # Errors
/// [`Error::NotSupported`] where it has not.
pub(crate) fn two_factors(oracle: &Oracle) -> Result<()> {
    match oracle.blocks() {
        [l, r] if l.name == "L" && r.name == "R" && l.cols == r.cols => Ok(()),
        _ => {
            let message = "scaled gradient descent needs two factors L and R with equal numbers of columns";
            Err(Error::NotSupported(message.to_owned()))
        }
    }
}

/// The mean curvature of the loss as a function of X = L Rᵀ: tr ∇²f(w)/(rows ‖R‖² + cols ‖L‖²), 1 where there is nothing to go by.
///
/// # Errors
/// Those of the oracle.
pub(crate) fn mean_curvature(w: &Parameters, oracle: &mut Oracle) -> Result<f64> {
    let square = |matrix: ArrayView2<'_, f64>| matrix.iter().map(|x| x * x).sum::<f64>();
    let (left, right) = (w.block("L"), w.block("R"));
    let weight = left.nrows() as f64 * square(right) + right.nrows() as f64 * square(left);
    let curvature = oracle.hessian_trace(w)? / weight;
    Ok(if curvature.is_finite() && curvature > 0.0 { curvature } else { 1.0 })
}
