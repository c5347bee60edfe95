use faer::{Mat, Side};
use flatbench_plugin::ndarray::Array2;

/// `matrix`^`exponent` of a symmetric positive definite matrix, by its eigenvalues; not-a-number where it is not finite.
///
/// Rounding leaves eigenvalues near 0, of either sign, of what is singular in these digits: they count as n ε times the largest, with
/// the machine's precision ε.
pub(crate) fn power(matrix: &Array2<f64>, exponent: f64) -> Array2<f64> {
    let n = matrix.nrows();
    let faer = Mat::from_fn(n, n, |i, j| matrix[[i, j]]);
    let Some(eigen) = faer.is_all_finite().then(|| faer.self_adjoint_eigen(Side::Lower).ok()).flatten() else {
        return Array2::from_elem((n, n), f64::NAN);
    };
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    // A mean of vanishing gradients is 0 in the end; what it then preconditions is 0 too.
    let least = (n as f64 * f64::EPSILON * values[n - 1]).max(f64::MIN_POSITIVE);
    let scaled = Mat::from_fn(n, n, |i, j| vectors[(i, j)] * values[j].max(least).powf(exponent));
    let product = scaled * vectors.transpose();
    Array2::from_shape_fn((n, n), |(i, j)| product[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    #[test]
    fn roots_multiply_to_the_inverse() {
        let matrix = array![[5.0, 1.0, 0.0], [1.0, 3.0, 2.0], [0.0, 2.0, 4.0]];
        let root = power(&matrix, -0.25);
        let inverse = root.dot(&root).dot(&root).dot(&root);
        let error = inverse.dot(&matrix) - Array2::<f64>::eye(3);
        assert!(error.iter().all(|x| x.abs() < 1e-14), "{error}");
    }

    #[test]
    fn what_is_singular_stays_finite_and_what_is_not_finite_is_seen() {
        assert!(power(&array![[1.0, 1.0], [1.0, 1.0]], -0.5).iter().all(|x| x.is_finite()));
        assert!(power(&Array2::zeros((2, 2)), -0.5).iter().all(|x| x.is_finite()));
        assert!(power(&array![[f64::NAN, 1.0], [1.0, 1.0]], -0.5).iter().all(|x| x.is_nan()));
    }
}
