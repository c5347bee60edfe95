use faer::{Mat, MatRef};

use super::affine::Affine;
use super::dense::{column, norm, operator_norm, svd};
use super::error::ReferenceError;

/// Gauss-Newton steps before giving up.
const STEPS: usize = 12;
/// Residual over the norm of the targets at which a point of the given rank counts as feasible.
const FEASIBLE: f64 = 1e-9;

/// Turns an approximate pair into an exact one, once the rank r of the minimiser is known: Gauss-Newton on the matrices
/// of rank r until Z is feasible, then the dual vector nearest to `y` for which M(y) equals UVᵀ on the tangent space
/// T = {U Aᵀ + B Vᵀ} at Z. Where the minimiser is the only feasible point of its rank nearby and the dual is strictly
/// complementary, the gap drops from any small value to rounding; elsewhere the caller finds out by evaluating it.
///
/// Both least-squares problems share the QR factorization of J, the measurements in an orthonormal basis of T, seen in
/// the metric of the Gram matrix. `None` where T has more dimensions than there are measurements or no feasible point
/// of this rank is near.
pub(super) fn polish(
    affine: &Affine,
    z: MatRef<'_, f64>,
    y: &[f64],
    rank: usize,
) -> Result<Option<(Mat<f64>, Vec<f64>)>, ReferenceError> {
    let (d1, d2) = z.shape();
    let dimension = rank * (d1 + d2 - rank);
    if rank == 0 || dimension > affine.targets.len() {
        return Ok(None);
    }
    let scale = norm(&affine.targets);
    let mut decomposition = svd(z)?;
    let mut previous = f64::INFINITY;
    for _ in 0..STEPS {
        let (u, v) = (decomposition.U(), decomposition.V());
        let s = decomposition.S().column_vector();
        let kept_u = u.submatrix(0, 0, d1, rank);
        let kept_v = v.submatrix(0, 0, d2, rank);
        let truncated = Mat::from_fn(d1, rank, |i, j| u[(i, j)] * s[j]) * kept_v.transpose();
        let mut residual = Mat::from_fn(affine.targets.len(), 1, |_, _| 0.0);
        let missing = affine.residual(truncated.as_ref());
        residual.col_as_slice_mut(0).copy_from_slice(&missing);
        let size = norm(&missing) / scale;
        let mut jacobian = affine.operator.tangent(u, v, rank);
        affine.factor().solve_lower_triangular_in_place(jacobian.as_mut());
        let qr = jacobian.qr();
        let q = qr.compute_thin_Q();
        let r = qr.thin_R();
        if size <= 1e-15 || (size <= FEASIBLE && size >= 0.25 * previous) {
            // M(y) on T must be UVᵀ, whose coordinates are Vᵀ in the first block and 0 in the second.
            let mut defect = Mat::zeros(dimension, 1);
            let image = affine.operator.adjoint(y);
            let rotated = u.transpose() * &image;
            let low = &rotated * kept_v;
            for l in 0..d2 {
                for k in 0..rank {
                    defect[(k + rank * l, 0)] = v[(l, k)] - rotated[(k, l)];
                }
            }
            for k in 0..rank {
                for i in rank..d1 {
                    defect[(rank * d2 + (i - rank) + (d1 - rank) * k, 0)] = -low[(i, k)];
                }
            }
            r.transpose().solve_lower_triangular_in_place(defect.as_mut());
            let mut correction = &q * &defect;
            affine.factor().transpose().solve_upper_triangular_in_place(correction.as_mut());
            let corrected: Vec<f64> = y.iter().enumerate().map(|(i, v)| v + correction[(i, 0)]).collect();
            // A tangent space that the measurements do not see entirely has a singular triangle.
            if corrected.iter().any(|v| !v.is_finite()) {
                return Ok(None);
            }
            return Ok(Some((truncated, corrected)));
        }
        if size > 0.9 * previous {
            return Ok(None);
        }
        previous = size;
        affine.factor().solve_lower_triangular_in_place(residual.as_mut());
        let mut step = q.transpose() * &residual;
        r.solve_upper_triangular_in_place(step.as_mut());
        if !step.norm_l2().is_finite() {
            return Ok(None);
        }
        let top = Mat::from_fn(rank, d2, |k, l| step[(k + rank * l, 0)]);
        let low = Mat::from_fn(d1 - rank, rank, |i, k| step[(rank * d2 + i + (d1 - rank) * k, 0)]);
        let rest = u.submatrix(0, rank, d1, d1 - rank);
        let moved = truncated + kept_u * top + rest * (low * kept_v.transpose());
        decomposition = svd(moved.as_ref())?;
    }
    Ok(None)
}

/// Rank of the minimiser as an interior-point pair shows it: singular values of Z that are larger, relative to the
/// largest, than the distance of the corresponding singular value of M(y) from one.
pub(super) fn revealed_rank(singular_values: &[f64], dual_values: &[f64]) -> usize {
    let largest = singular_values.first().copied().unwrap_or(0.0);
    singular_values.iter().zip(dual_values).take_while(|(z, m)| **z > (1.0 - **m) * largest).count()
}

/// y scaled so that ‖M(y)‖_op is exactly at most one, and tᵀy: the dual value of an exactly feasible point. Scaling up
/// where there is room can only raise a positive value.
pub(super) fn feasible_dual(affine: &Affine, y: &[f64]) -> Result<f64, ReferenceError> {
    let bound = operator_norm(affine.operator.adjoint(y).as_ref())?;
    let value = (column(&affine.targets).transpose() * column(y))[(0, 0)];
    Ok(if bound > 0.0 && value > 0.0 { value / bound } else { 0.0 })
}
