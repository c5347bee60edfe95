use faer::{Mat, MatRef};
use ndarray::ArrayView2;

use super::dense::{eigen, nuclear_norm, require_finite, require_size, to_faer};
use super::error::{Axis, ReferenceError};

/// Eigenvalues below this times the largest count as zero.
const RANK_TOLERANCE: f64 = 1e-12;

/// A symmetric positive definite weight P on one side of X, kept with its inverse.
#[derive(Clone, Debug)]
pub struct Weight(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Diagonal(Vec<f64>),
    Dense { root: Mat<f64>, inverse: Mat<f64> },
}

impl Weight {
    /// The identity of a size, for plain norms.
    pub fn identity(dimension: usize) -> Self {
        Weight(Kind::Diagonal(vec![1.0; dimension]))
    }

    /// P = S^{1/2} of a symmetric positive definite S such as S1 = Σ A_i A_iᵀ; diagonal S stay diagonal.
    ///
    /// # Errors
    /// [`ReferenceError::Unobserved`] naming the row or column (`axis`) whose diagonal entry is zero,
    /// [`ReferenceError::SingularWeight`] for any other rank deficiency, and errors of shape and finiteness.
    pub fn square_root(s: ArrayView2<'_, f64>, axis: Axis) -> Result<Self, ReferenceError> {
        let dimension = s.nrows();
        require_size("columns of a square weight", dimension, s.ncols())?;
        require_finite("a weight", s.iter())?;
        if let Some(index) = (0..dimension).find(|&i| s[[i, i]] <= 0.0) {
            return Err(ReferenceError::Unobserved { axis, index });
        }
        if s.indexed_iter().all(|((i, j), &v)| i == j || v == 0.0) {
            return Ok(Weight(Kind::Diagonal(s.diag().iter().map(|v| v.sqrt()).collect())));
        }
        let decomposition = eigen(to_faer(s).as_ref())?;
        let values: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
        let largest = values.iter().fold(0.0_f64, |a, &b| a.max(b));
        let rank = values.iter().filter(|&&v| v > RANK_TOLERANCE * largest).count();
        if rank < dimension {
            return Err(ReferenceError::SingularWeight { axis, rank, dimension });
        }
        let u = decomposition.U();
        let power = |exponent: f64| {
            let scaled = Mat::from_fn(dimension, dimension, |i, j| u[(i, j)] * values[j].powf(exponent));
            &scaled * u.transpose()
        };
        Ok(Weight(Kind::Dense { root: power(0.5), inverse: power(-0.5) }))
    }

    /// Size of P.
    pub fn dimension(&self) -> usize {
        match &self.0 {
            Kind::Diagonal(values) => values.len(),
            Kind::Dense { root, .. } => root.nrows(),
        }
    }

    /// The diagonal, where P is diagonal.
    pub(super) fn diagonal(&self) -> Option<&[f64]> {
        match &self.0 {
            Kind::Diagonal(values) => Some(values),
            Kind::Dense { .. } => None,
        }
    }

    /// P A.
    pub(super) fn apply(&self, a: MatRef<'_, f64>) -> Mat<f64> {
        match &self.0 {
            Kind::Diagonal(values) => Mat::from_fn(a.nrows(), a.ncols(), |i, j| values[i] * a[(i, j)]),
            Kind::Dense { root, .. } => root * a,
        }
    }

    /// P⁻¹ A.
    pub(super) fn solve(&self, a: MatRef<'_, f64>) -> Mat<f64> {
        match &self.0 {
            Kind::Diagonal(values) => Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[(i, j)] / values[i]),
            Kind::Dense { inverse, .. } => inverse * a,
        }
    }
}

/// P A Q.
pub(super) fn apply_both(rows: &Weight, a: MatRef<'_, f64>, cols: &Weight) -> Mat<f64> {
    let left = rows.apply(a);
    cols.apply(left.transpose()).transpose().to_owned()
}

/// P⁻¹ A Q⁻¹.
pub(super) fn solve_both(rows: &Weight, a: MatRef<'_, f64>, cols: &Weight) -> Mat<f64> {
    let left = rows.solve(a);
    cols.solve(left.transpose()).transpose().to_owned()
}

/// ‖P X Q‖_*, the floor of the trace at X up to a constant: (4/m) times it for a two-factor model.
///
/// # Errors
/// Shapes that do not match and values that are not finite.
pub fn weighted_nuclear_norm(x: ArrayView2<'_, f64>, rows: &Weight, cols: &Weight) -> Result<f64, ReferenceError> {
    require_size("rows of X", rows.dimension(), x.nrows())?;
    require_size("columns of X", cols.dimension(), x.ncols())?;
    require_finite("X", x.iter())?;
    nuclear_norm(apply_both(rows, to_faer(x).as_ref(), cols).as_ref())
}
