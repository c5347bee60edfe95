use faer::{Mat, MatRef};

use super::affine::Affine;
use super::dense::norm;
use super::error::ReferenceError;
use super::tangent::{Frame, Tall, tangent_dimension};

/// Gauss-Newton steps before giving up.
const STEPS: usize = 12;
/// Residual over the norm of the targets at which a point of the given rank counts as feasible.
const FEASIBLE: f64 = 1e-9;

/// A primal and a dual point to be tried.
pub(super) struct Polished {
    pub z: Mat<f64>,
    pub y: Vec<f64>,
}

/// Turns an approximate pair into an exact one, once the rank r of the minimiser is known: Gauss-Newton on the matrices
/// of rank r until Z is feasible, then the dual vector nearest to `y` for which M(y) equals the sign matrix UVᵀ on the
/// tangent space at Z. Where the minimiser is the only feasible point of its rank nearby and the dual is strictly
/// complementary, the gap drops from any small value to rounding; elsewhere the caller finds out by evaluating it.
///
/// Both least-squares problems share the QR factorization of J, the measurements in an orthonormal basis of T, seen in
/// the metric of the Gram matrix. `None` where T has more dimensions than there are measurements or no feasible point
/// of this rank is near. With `symmetric`, measurements and Z are symmetric.
pub(super) fn polish(
    affine: &Affine,
    z: MatRef<'_, f64>,
    y: &[f64],
    rank: usize,
    symmetric: bool,
) -> Result<Option<Polished>, ReferenceError> {
    let m = affine.targets.len();
    if rank == 0 || tangent_dimension(z.shape(), rank, symmetric) > m {
        return Ok(None);
    }
    let scale = norm(&affine.targets);
    let mut frame = Frame::new(z, rank, symmetric)?;
    let mut previous = f64::INFINITY;
    for _ in 0..STEPS {
        let truncated = frame.truncated();
        let missing = affine.residual(truncated.as_ref());
        let size = norm(&missing) / scale;
        let mut jacobian = frame.jacobian(&affine.operator);
        affine.factor().solve_lower_triangular_in_place(jacobian.as_mut());
        let system = Tall::new(jacobian.as_ref());
        if size <= 1e-15 || (size <= FEASIBLE && size >= 0.25 * previous) {
            let image = frame.coordinates(affine.operator.adjoint(y).as_ref());
            let defect: Vec<f64> = frame.sign().iter().zip(image).map(|(s, i)| s - i).collect();
            let Some(mut correction) = system.least_norm(&defect) else { return Ok(None) };
            affine.factor().transpose().solve_upper_triangular_in_place(correction.as_mut());
            let corrected: Vec<f64> = y.iter().zip(correction.col_as_slice(0)).map(|(y, c)| y + c).collect();
            return Ok(Some(Polished { z: truncated, y: corrected }));
        }
        if size > 0.9 * previous {
            return Ok(None);
        }
        previous = size;
        let mut residual = Mat::from_fn(m, 1, |i, _| missing[i]);
        affine.factor().solve_lower_triangular_in_place(residual.as_mut());
        let Some(step) = system.least_squares(&residual) else { return Ok(None) };
        frame = Frame::new((truncated + frame.matrix(&step)).as_ref(), rank, symmetric)?;
    }
    Ok(None)
}

/// Rank of the minimiser as an interior-point pair shows it: singular values of Z that are larger, relative to the
/// largest, than the distance of the corresponding singular value of M(y) from one.
pub(super) fn revealed_rank(singular_values: &[f64], dual_values: &[f64]) -> usize {
    let largest = singular_values.first().copied().unwrap_or(0.0);
    singular_values.iter().zip(dual_values).take_while(|(z, m)| **z > (1.0 - **m) * largest).count()
}
