//! Conversions between the arrays of the interface (ndarray, row by row) and of the solvers (faer, column by column).

use faer::linalg::solvers::{SelfAdjointEigen, Svd};
use faer::{Mat, MatRef, Side};
use ndarray::{Array2, ArrayView2};

use super::error::ReferenceError;

pub(super) fn to_faer(a: ArrayView2<'_, f64>) -> Mat<f64> {
    Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
}

pub(super) fn to_ndarray(a: MatRef<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), a.ncols()), |(i, j)| a[(i, j)])
}

pub(super) fn column(values: &[f64]) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(values, values.len(), 1)
}

pub(super) fn svd(a: MatRef<'_, f64>) -> Result<Svd<f64>, ReferenceError> {
    a.svd().map_err(|_| ReferenceError::Decomposition { what: "singular value decomposition" })
}

pub(super) fn eigen(a: MatRef<'_, f64>) -> Result<SelfAdjointEigen<f64>, ReferenceError> {
    a.self_adjoint_eigen(Side::Lower).map_err(|_| ReferenceError::Decomposition { what: "eigenvalue decomposition" })
}

pub(super) fn singular_values(a: MatRef<'_, f64>) -> Result<Vec<f64>, ReferenceError> {
    a.singular_values().map_err(|_| ReferenceError::Decomposition { what: "singular value decomposition" })
}

pub(super) fn nuclear_norm(a: MatRef<'_, f64>) -> Result<f64, ReferenceError> {
    Ok(singular_values(a)?.iter().sum())
}

/// Largest singular value.
pub(super) fn operator_norm(a: MatRef<'_, f64>) -> Result<f64, ReferenceError> {
    Ok(singular_values(a)?.first().copied().unwrap_or(0.0))
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Errors unless every value is finite.
pub(super) fn require_finite<'a>(
    what: &'static str,
    values: impl IntoIterator<Item = &'a f64>,
) -> Result<(), ReferenceError> {
    if values.into_iter().all(|v| v.is_finite()) { Ok(()) } else { Err(ReferenceError::NotFinite { what }) }
}

/// Errors unless a size is the expected one.
pub(super) fn require_size(what: &'static str, expected: usize, found: usize) -> Result<(), ReferenceError> {
    if expected == found { Ok(()) } else { Err(ReferenceError::Shape { what, expected, found }) }
}
