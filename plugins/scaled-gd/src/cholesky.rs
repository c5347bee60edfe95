use flatbench_plugin::ndarray::{Array2, ArrayView2};

/// `matrix` · `gram`⁻¹ for a symmetric positive definite `gram` (k × k, `matrix` has k columns), by Cholesky's factorization.
///
/// # Errors
/// If `gram` is not numerically positive definite.
pub(crate) fn times_inverse(matrix: ArrayView2<'_, f64>, mut gram: Array2<f64>) -> Result<Array2<f64>, String> {
    let k = gram.nrows();
    // The lower triangle becomes C with C Cᵀ = gram.
    for j in 0..k {
        for i in j..k {
            let known: f64 = (0..j).map(|p| gram[[i, p]] * gram[[j, p]]).sum();
            let rest = gram[[i, j]] - known;
            if i > j {
                gram[[i, j]] = rest / gram[[j, j]];
            } else if rest > 0.0 {
                gram[[j, j]] = rest.sqrt();
            } else {
                return Err(format!("the Gram matrix of a factor is singular: pivot {rest:e} (raise the damping)"));
            }
        }
    }
    let mut solution = matrix.to_owned();
    for mut row in solution.rows_mut() {
        for i in 0..k {
            let known: f64 = (0..i).map(|p| gram[[i, p]] * row[p]).sum();
            row[i] = (row[i] - known) / gram[[i, i]];
        }
        for i in (0..k).rev() {
            let known: f64 = (i + 1..k).map(|p| gram[[p, i]] * row[p]).sum();
            row[i] = (row[i] - known) / gram[[i, i]];
        }
    }
    Ok(solution)
}
