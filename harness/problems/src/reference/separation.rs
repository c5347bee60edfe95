use faer::{Mat, MatRef};

use super::error::ReferenceError;
use super::interior_point::Program;
use super::observed::Observed;
use super::polish::Polished;
use super::tangent::{Frame, Tall, tangent_dimension};

/// Gauss-Newton steps before giving up.
const STEPS: usize = 12;

/// A sparse part: places (column by column) and signs of its entries.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Support(Vec<(usize, f64)>);

impl Support {
    /// Entries whose multiplier is larger, relative to the largest, than the distance of their bound |Λ_ij| ≤ s from
    /// being active, relative to s. `u` and the slacks hold the positive and then the negative parts.
    pub(super) fn revealed(u: &[f64], slack: &[f64], bound: f64) -> Self {
        let n = u.len() / 2;
        let largest = u.iter().fold(0.0_f64, |a, b| a.max(*b));
        let active = |i: usize| u[i] * bound > slack[i] * largest;
        Support((0..2 * n).filter(|&i| active(i)).map(|i| (i % n, if i < n { 1.0 } else { -1.0 })).collect())
    }
}

/// The analogue of [`super::polish::polish`] for robust PCA: once the rank of X and the support and signs of S = Y − X
/// are known, Gauss-Newton for X + S = Y with Σ sign·S = τ, and the dual (Λ, s) nearest to `dual` with Λ = UVᵀ on the
/// tangent space at X and Λ = s·sign on the support.
pub(super) fn separate(
    program: &Observed,
    z: MatRef<'_, f64>,
    dual: &[f64],
    rank: usize,
    support: &Support,
) -> Result<Option<Polished>, ReferenceError> {
    let n = program.entry_count();
    let tangent = tangent_dimension(z.shape(), rank, false);
    if rank == 0 || tangent + support.0.len() > n + 1 {
        return Ok(None);
    }
    let mut frame = Frame::new(z, rank, false)?;
    let mut previous = f64::INFINITY;
    for _ in 0..STEPS {
        let truncated = frame.truncated();
        let system = Tall::new(jacobian(program, &frame, support).as_ref());
        let mut missing = Mat::from_fn(n + 1, 1, |i, _| program.targets()[i]);
        let (rows, cols) = z.shape();
        for j in 0..cols {
            (0..rows).for_each(|i| missing[(i + j * rows, 0)] -= truncated[(i, j)]);
        }
        let Some(step) = system.least_squares(&missing) else { return Ok(None) };
        let size = step[..tangent].iter().map(|c| c * c).sum::<f64>().sqrt();
        let next = truncated + frame.matrix(&step[..tangent]);
        if size <= 1e-14 || (size <= 1e-9 && size >= 0.25 * previous) {
            let Some(corrected) = corrected_dual(&frame, &system, (rows, cols), dual, support) else {
                return Ok(None);
            };
            return Ok(Some(Polished { z: next, y: corrected }));
        }
        if size > 0.9 * previous {
            return Ok(None);
        }
        previous = size;
        frame = Frame::new(next.as_ref(), rank, false)?;
    }
    Ok(None)
}

/// The columns of the equations for the tangent coordinates of X and the entries of S.
fn jacobian(program: &Observed, frame: &Frame, support: &Support) -> Mat<f64> {
    let n = program.entry_count();
    let top = frame.jacobian(&program.entries);
    let tangent = top.ncols();
    let mut out = Mat::zeros(n + 1, tangent + support.0.len());
    out.submatrix_mut(0, 0, n, tangent).copy_from(&top);
    for (k, &(place, sign)) in support.0.iter().enumerate() {
        out[(place, tangent + k)] = 1.0;
        out[(n, tangent + k)] = -sign;
    }
    out
}

fn corrected_dual(
    frame: &Frame,
    system: &Tall,
    (rows, cols): (usize, usize),
    dual: &[f64],
    support: &Support,
) -> Option<Vec<f64>> {
    let multiplier = Mat::from_fn(rows, cols, |i, j| dual[i + j * rows]);
    let bound = dual[rows * cols];
    let mut defect: Vec<f64> =
        frame.sign().iter().zip(frame.coordinates(multiplier.as_ref())).map(|(s, c)| s - c).collect();
    defect.extend(support.0.iter().map(|&(place, sign)| sign * bound - dual[place]));
    let correction = system.least_norm(&defect)?;
    Some(dual.iter().zip(correction.col_as_slice(0)).map(|(d, c)| d + c).collect())
}
