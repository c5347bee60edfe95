use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, MatRef, Side};

use super::dense::{column, dot, eigen, norm, operator_norm};
use super::error::ReferenceError;
use super::operator::Operator;

/// Smallest squared Cholesky pivot, with unit measurements, for which they count as independent.
const PIVOT_TOLERANCE: f64 = 1e-11;
/// Residual over the norm of the targets up to which dependent measurements count as consistent.
const CONSISTENCY: f64 = 1e-9;

/// The zero-loss set {Z : ⟨B_i, Z⟩ = t_i} with linearly independent B_i of norm one (or orthonormal ones), and the
/// Cholesky factor of their Gram matrix.
pub(super) struct Affine {
    pub operator: Operator,
    pub targets: Vec<f64>,
    gram: Llt<f64>,
}

impl Affine {
    /// Scales the measurements to norm one and removes dependent ones.
    ///
    /// # Errors
    /// [`ReferenceError::Inconsistent`] where no Z fits.
    pub(super) fn new(mut operator: Operator, mut targets: Vec<f64>) -> Result<Self, ReferenceError> {
        // A measurement that vanishes stays zero and is then removed with the dependent ones.
        let factors: Vec<f64> =
            operator.squared_norms().iter().map(|s| if *s > 0.0 { 1.0 / s.sqrt() } else { 1.0 }).collect();
        operator.scale(&factors);
        targets.iter_mut().zip(&factors).for_each(|(t, f)| *t *= f);
        let gram = operator.gram();
        if let Ok(factor) = gram.llt(Side::Lower) {
            let l = factor.L();
            if (0..targets.len()).all(|i| l[(i, i)] * l[(i, i)] > PIVOT_TOLERANCE) {
                return Ok(Affine { operator, targets, gram: factor });
            }
        }
        Affine::independent(&operator, &targets, &gram)
    }

    /// An orthonormal basis of the span of the measurements in their place.
    fn independent(operator: &Operator, targets: &[f64], gram: &Mat<f64>) -> Result<Self, ReferenceError> {
        let m = targets.len();
        let decomposition = eigen(gram.as_ref())?;
        let values = decomposition.S().column_vector();
        // Ascending order: the kept eigenvectors come last.
        let dropped = (0..m).take_while(|&i| values[i] <= PIVOT_TOLERANCE * values[m - 1]).count();
        let kept = decomposition.U().submatrix(0, dropped, m, m - dropped);
        let coefficients = kept.transpose() * column(targets);
        let residual = (column(targets) - kept * &coefficients).norm_l2();
        let scale = norm(targets);
        if residual > CONSISTENCY * scale {
            return Err(ReferenceError::Inconsistent { residual: residual / scale });
        }
        let inverse = |i: usize| 1.0 / values[dropped + i].sqrt();
        let combination = Mat::from_fn(m, m - dropped, |i, j| kept[(i, j)] * inverse(j));
        let operator = operator.combined(combination.as_ref());
        let targets = (0..m - dropped).map(|i| coefficients[(i, 0)] * inverse(i)).collect();
        let gram = operator
            .gram()
            .llt(Side::Lower)
            .map_err(|_| ReferenceError::Decomposition { what: "factorization of the measurements" })?;
        Ok(Affine { operator, targets, gram })
    }

    /// The lower triangular factor of the Gram matrix.
    pub(super) fn factor(&self) -> MatRef<'_, f64> {
        self.gram.L()
    }

    /// t − B(Z).
    pub(super) fn residual(&self, z: MatRef<'_, f64>) -> Vec<f64> {
        self.targets.iter().zip(self.operator.apply(z)).map(|(t, p)| t - p).collect()
    }

    /// The smallest Z (Frobenius norm) with B(Z) = `values`.
    pub(super) fn least_norm(&self, values: &[f64]) -> Mat<f64> {
        self.operator.adjoint(&self.gram_solve(values))
    }

    /// (B Bᵀ)⁻¹ applied to `values`.
    pub(super) fn gram_solve(&self, values: &[f64]) -> Vec<f64> {
        let solved = self.gram.solve(column(values));
        (0..values.len()).map(|i| solved[(i, 0)]).collect()
    }

    /// The nearest zero-loss point, with one step of iterative refinement, and the Frobenius norm of what is still
    /// missing to exact feasibility.
    pub(super) fn project(&self, z: MatRef<'_, f64>) -> (Mat<f64>, f64) {
        let once = z + self.least_norm(&self.residual(z));
        let twice = &once + self.least_norm(&self.residual(once.as_ref()));
        let missing = self.distance(twice.as_ref());
        (twice, missing)
    }

    /// Frobenius distance of Z from the zero-loss set.
    pub(super) fn distance(&self, z: MatRef<'_, f64>) -> f64 {
        self.least_norm(&self.residual(z)).norm_l2()
    }

    /// The same for M(y) ⪯ I: tᵀy for y scaled to the largest eigenvalue one. Infinite where M(y) ⪯ 0 and tᵀy > 0, which no
    /// positive semidefinite Z allows.
    pub(super) fn semidefinite_dual(&self, y: &[f64]) -> Result<f64, ReferenceError> {
        let m = self.operator.adjoint(y);
        let bound = eigen(m.as_ref())?.S().column_vector().iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let value = dot(&self.targets, y);
        Ok(match (value > 0.0, bound > 0.0) {
            (true, true) => value / bound,
            (true, false) => f64::INFINITY,
            (false, _) => 0.0,
        })
    }

    /// tᵀy for y scaled to ‖M(y)‖_op = 1: the dual value of an exactly feasible point. Scaling up where there is room can
    /// only raise a positive value, and where it is not positive y = 0 is better.
    pub(super) fn feasible_dual(&self, y: &[f64]) -> Result<f64, ReferenceError> {
        let bound = operator_norm(self.operator.adjoint(y).as_ref())?;
        let value = dot(&self.targets, y);
        Ok(if bound > 0.0 && value > 0.0 { value / bound } else { 0.0 })
    }
}
