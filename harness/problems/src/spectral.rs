//! Singular values and symmetric eigenvalues, by faer.

use faer::{Mat, Side};
use ndarray::Array2;

fn to_faer(matrix: &Array2<f64>) -> Mat<f64> {
    Mat::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[[i, j]])
}

fn from_faer(matrix: faer::MatRef<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |(i, j)| matrix[(i, j)])
}

/// Singular values, descending; not-a-number where the matrix is not finite.
pub fn singular_values(matrix: &Array2<f64>) -> Vec<f64> {
    let count = matrix.nrows().min(matrix.ncols());
    if matrix.iter().any(|x| !x.is_finite()) {
        return vec![f64::NAN; count];
    }
    to_faer(matrix).singular_values().unwrap_or_else(|_| vec![f64::NAN; count])
}

/// ‖X‖_*, the sum of the singular values.
pub fn nuclear_norm(matrix: &Array2<f64>) -> f64 {
    singular_values(matrix).iter().sum()
}

/// Number of singular values above `tolerance` times the largest; 0 where the matrix is not finite.
pub fn numerical_rank(matrix: &Array2<f64>, tolerance: f64) -> usize {
    let values = singular_values(&(matrix * unit_scale(matrix)));
    let largest = values.first().copied().unwrap_or(0.0);
    values.iter().filter(|&&value| value > tolerance * largest).count()
}

/// The power of two that brings the largest of some numbers near one, so that neither it nor its square leaves the range
/// of numbers; the product with it is exact.
pub(crate) fn unit_scale<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let largest = values.into_iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return 1.0;
    }
    // Beyond these powers there are none; what is left of the smallest numbers is far from the end of the range.
    2.0_f64.powi(-(largest.log2().floor() as i32).clamp(-1022, 1023))
}

/// A thin singular value decomposition X = U diag(σ) Vᵀ.
pub(crate) struct ThinSvd {
    /// rows × p.
    pub(crate) u: Array2<f64>,
    /// Descending, p = min(rows, cols).
    pub(crate) values: Vec<f64>,
    /// cols × p.
    pub(crate) v: Array2<f64>,
}

/// The thin decomposition; `None` where the matrix is not finite.
pub(crate) fn thin_svd(matrix: &Array2<f64>) -> Option<ThinSvd> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let svd = to_faer(matrix).thin_svd().ok()?;
    let values = svd.S().column_vector().iter().copied().collect();
    Some(ThinSvd { u: from_faer(svd.U()), values, v: from_faer(svd.V()) })
}

/// Eigenvalues of a symmetric matrix, ascending; not-a-number where it is not finite.
pub(crate) fn eigenvalues(matrix: &Array2<f64>) -> Vec<f64> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return vec![f64::NAN; matrix.nrows()];
    }
    to_faer(matrix).self_adjoint_eigenvalues(Side::Lower).unwrap_or_else(|_| vec![f64::NAN; matrix.nrows()])
}

/// Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix; `None` where it is not finite.
pub(crate) fn symmetric_eigen(matrix: &Array2<f64>) -> Option<(Vec<f64>, Array2<f64>)> {
    if matrix.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let eigen = to_faer(matrix).self_adjoint_eigen(Side::Lower).ok()?;
    let values = eigen.S().column_vector().iter().copied().collect();
    Some((values, from_faer(eigen.U())))
}

/// M^p of a symmetric positive semidefinite matrix; eigenvalues below 1e-14 of the largest count as zero and stay zero.
pub(crate) fn symmetric_power(matrix: &Array2<f64>, exponent: f64) -> Array2<f64> {
    let Some((values, vectors)) = symmetric_eigen(matrix) else {
        return Array2::from_elem(matrix.dim(), f64::NAN);
    };
    let largest = values.iter().copied().fold(0.0, f64::max);
    let mut scaled = vectors.clone();
    for (mut column, &value) in scaled.columns_mut().into_iter().zip(&values) {
        column *= if value > 1e-14 * largest { value.powf(exponent) } else { 0.0 };
    }
    scaled.dot(&vectors.t())
}
