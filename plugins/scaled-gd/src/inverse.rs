use faer::{Mat, Side};
use flatbench_plugin::ndarray::{Array2, ArrayView2};

/// Eigenvalues below this fraction of the largest are taken for 0, times their number.
const CUTOFF: f64 = f64::EPSILON;

/// `matrix` · (`factor`ᵀ `factor` + `damping` I)⁻¹ for factors with the same number k of columns; where the inverse does not exist, the
/// pseudo-inverse, which leaves alone what the factor has no columns for.
///
/// # Errors
/// If the Gram matrix is not finite.
pub(crate) fn times_inverse_gram(
    matrix: ArrayView2<'_, f64>,
    factor: ArrayView2<'_, f64>,
    damping: f64,
) -> Result<Array2<f64>, String> {
    let (gram, k) = (factor.t().dot(&factor), factor.ncols());
    let finite = gram.iter().all(|x| x.is_finite());
    let eigen = Mat::from_fn(k, k, |i, j| gram[[i, j]]).self_adjoint_eigen(Side::Lower).ok().filter(|_| finite);
    let eigen = eigen.ok_or("the Gram matrix of a factor has entries that are not finite (lower the step size)")?;
    let vectors = Array2::from_shape_fn((k, k), |(i, j)| eigen.U()[(i, j)]);
    let values: Vec<f64> = (0..k).map(|j| eigen.S()[j].max(0.0)).collect();
    let zero = values.iter().fold(0.0_f64, |a, b| a.max(*b)) * CUTOFF * k as f64;
    let mut coordinates = matrix.dot(&vectors);
    for (mut column, value) in coordinates.columns_mut().into_iter().zip(values) {
        let value = if value > zero { value } else { 0.0 } + damping;
        column *= if value > 0.0 { 1.0 / value } else { 0.0 };
    }
    Ok(coordinates.dot(&vectors.t()))
}

#[cfg(test)]
mod tests {
    use flatbench_plugin::ndarray::array;

    use super::*;

    #[test]
    fn a_column_of_zeros_has_no_inverse_and_is_left_alone() {
        // The Gram matrix is diag(4, 0).
        let (matrix, factor) = (array![[8.0, 3.0], [2.0, 5.0]], array![[2.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        let undamped = times_inverse_gram(matrix.view(), factor.view(), 0.0).expect("it is finite");
        assert!((undamped - array![[2.0, 0.0], [0.5, 0.0]]).iter().all(|x| x.abs() < 1e-15));
        let damped = times_inverse_gram(matrix.view(), factor.view(), 1.0).expect("it is finite");
        assert!((damped - array![[1.6, 3.0], [0.4, 5.0]]).iter().all(|x| x.abs() < 1e-15));
        assert!(times_inverse_gram(matrix.view(), array![[f64::NAN, 0.0]].view(), 0.0).is_err());
    }
}
