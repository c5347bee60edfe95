use faer::Mat;
use flatbench_plugin::ndarray::{Array2, ArrayView2};

/// U Vᵀ of the thin singular value decomposition U Σ Vᵀ of `matrix`, over the singular values that are more than rounding; the zero
/// matrix stays zero, and one that is not finite becomes not-a-number.
pub(crate) fn polar_factor(matrix: ArrayView2<'_, f64>) -> Array2<f64> {
    let (rows, cols) = matrix.dim();
    let largest = matrix.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 {
        return Array2::zeros((rows, cols));
    }
    // Near 1 no square leaves the range of numbers; the polar factor knows no scale.
    let scaled = Mat::from_fn(rows, cols, |i, j| matrix[[i, j]] / largest);
    let Some(svd) = scaled.is_all_finite().then(|| scaled.thin_svd().ok()).flatten() else {
        return Array2::from_elem((rows, cols), f64::NAN);
    };
    let values = svd.S().column_vector();
    let least = rows.max(cols) as f64 * f64::EPSILON * values[0];
    let rank = values.iter().take_while(|&&value| value > least).count();
    let product = svd.U().get(.., ..rank) * svd.V().get(.., ..rank).transpose();
    Array2::from_shape_fn((rows, cols), |(i, j)| product[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_plugin::ndarray::array;

    #[track_caller]
    fn assert_close(found: &Array2<f64>, expected: &Array2<f64>) {
        assert!((found - expected).iter().all(|x| x.abs() < 1e-14), "{found} instead of {expected}");
    }

    #[test]
    fn singular_values_become_one_and_those_of_rounding_zero() {
        // A rotation times diag(5, 1e-9), of any scale.
        let matrix = array![[3.0, -0.8e-9], [4.0, 0.6e-9]];
        for scale in [1.0, 1e-300, 1e300] {
            assert_close(&polar_factor((&matrix * scale).view()), &array![[0.6, -0.8], [0.8, 0.6]]);
        }
        assert_close(
            &polar_factor(array![[3.0, 6.0], [4.0, 8.0]].view()),
            &(array![[3.0, 6.0], [4.0, 8.0]] / 125_f64.sqrt()),
        );
        assert_close(&polar_factor(array![[3.0], [0.0], [4.0]].view()), &array![[0.6], [0.0], [0.8]]);
    }

    #[test]
    fn zero_stays_zero_and_what_is_not_finite_is_seen() {
        assert_eq!(polar_factor(array![[0.0, 0.0]].view()), array![[0.0, 0.0]]);
        for x in [f64::NAN, f64::INFINITY] {
            assert!(polar_factor(array![[x, 1.0], [0.0, 1.0]].view()).iter().all(|x| x.is_nan()));
        }
    }
}
