use faer::{Mat, MatRef};
use ndarray::Array2;

use super::affine::Affine;
use super::cone::Cone;
use super::dense::{nuclear_norm, require_finite, require_size, singular_values, to_faer, to_ndarray};
use super::error::ReferenceError;
use super::interior_point::{InteriorPoint, Program};
use super::measurements::{Measurements, relative_residual};
use super::polish::{Polished, polish, revealed_rank};
use super::solution::{Settings, Solution, relative_gap};
use super::weight::{Weight, apply_both, solve_both};

/// Gap below which the rank of the minimiser may be trusted enough to try it.
const POLISH_FROM: f64 = 0.05;
/// Factor by which the gap must have dropped before the same rank is tried again.
const POLISH_AGAIN: f64 = 0.03;

/// min ‖P X Q‖_* subject to A(X) = b.
///
/// With P = S1^{1/2}, Q = S2^{1/2} this is the flattest zero-loss point of a two-factor model (Ding et al. 2024); with
/// identities it is the smallest nuclear norm.
#[derive(Clone, Debug)]
pub struct WeightedNuclear<'a, 'b> {
    /// A: m measurements of a rows × cols matrix.
    pub measurements: Measurements<'a>,
    /// b, length m.
    pub targets: &'b [f64],
    /// P, rows × rows.
    pub rows: Weight,
    /// Q, cols × cols.
    pub cols: Weight,
    /// Return a symmetric X, for symmetric measurements and P = Q. The constraint X = Xᵀ is free: (X + Xᵀ)/2 fits
    /// as well as X and its norm is no larger, so the program with and without it have the same value.
    pub symmetric: bool,
}

/// Solves a [`WeightedNuclear`] program in the variable Z = P X Q.
///
/// # Errors
/// Shapes that do not match, values that are not finite, and [`ReferenceError::Inconsistent`] targets. An optimum that
/// could not be certified is not an error: see [`Solution::certified`].
pub fn weighted_nuclear(problem: &WeightedNuclear<'_, '_>, settings: &Settings) -> Result<Solution, ReferenceError> {
    let (d1, d2) = (problem.rows.dimension(), problem.cols.dimension());
    problem.measurements.validate(d1, d2)?;
    require_size("number of targets", problem.measurements.len(), problem.targets.len())?;
    require_finite("the targets", problem.targets)?;
    if problem.symmetric {
        require_size("columns of a symmetric matrix", d1, d2)?;
    }
    if problem.targets.iter().all(|t| *t == 0.0) {
        return Ok(Solution::new(Array2::zeros((d1, d2)), 0.0, 0.0, 0.0, 0.0, 0));
    }
    let operator = problem.measurements.whitened(&problem.rows, &problem.cols);
    let affine = Affine::new(operator, problem.targets.to_vec())?;
    let best = solve(&affine, problem.symmetric, settings)?;

    // From here everything is recomputed in the coordinates of the problem.
    let x = solve_both(&problem.rows, best.z.as_ref(), &problem.cols);
    let x = if problem.symmetric { Mat::from_fn(d1, d2, |i, j| 0.5 * (x[(i, j)] + x[(j, i)])) } else { x };
    let x = to_ndarray(x.as_ref());
    let z = apply_both(&problem.rows, to_faer(x.view()).as_ref(), &problem.cols);
    let value = nuclear_norm(z.as_ref())?;
    let correction = nuclear_bound(affine.distance(z.as_ref()), (d1, d2));
    let dual_value = affine.feasible_dual(&best.y)?;
    let feasibility = relative_residual(&problem.measurements, x.view(), problem.targets);
    Ok(Solution::new(x, value, correction, dual_value, feasibility, best.iterations))
}

/// The best primal and dual points seen.
struct Best {
    z: Mat<f64>,
    upper: f64,
    y: Vec<f64>,
    lower: f64,
    iterations: usize,
}

impl Best {
    fn offer_primal(&mut self, z: Mat<f64>, upper: f64) {
        if upper < self.upper {
            (self.z, self.upper) = (z, upper);
        }
    }

    fn offer_dual(&mut self, y: &[f64], lower: f64) {
        if lower > self.lower {
            (self.y, self.lower) = (y.to_vec(), lower);
        }
    }

    fn gap(&self) -> f64 {
        relative_gap(self.upper, self.lower)
    }
}

fn solve(affine: &Affine, symmetric: bool, settings: &Settings) -> Result<Best, ReferenceError> {
    let shape = affine.operator.shape();
    let start = affine.least_norm(&affine.targets);
    let program = Constrained { affine, shape };
    let mut method = InteriorPoint::new(&program, Some(start.as_ref()), Vec::new(), vec![0.0; affine.targets.len()]);
    let upper = nuclear_norm(start.as_ref())?;
    // The least-norm point has a dual of its own, (B Bᵀ)⁻¹ t, exact where it happens to be the minimiser.
    let y = affine.gram_solve(&affine.targets);
    let lower = affine.feasible_dual(&y)?;
    let mut best = Best { z: start, upper, y, lower, iterations: 0 };
    let (mut tried_rank, mut tried_gap) = (0, f64::INFINITY);
    while best.iterations < settings.max_iterations && best.gap() > settings.target_gap {
        if method.step().is_err() {
            break;
        }
        best.iterations += 1;
        let Some(z) = method.z() else { break };
        let (z, missing) = affine.project(z.as_ref());
        let primal_values = singular_values(z.as_ref())?;
        let dual_values = singular_values(affine.operator.adjoint(&method.y).as_ref())?;
        best.offer_primal(z.clone(), primal_values.iter().sum::<f64>() + nuclear_bound(missing, shape));
        let dual: f64 = affine.targets.iter().zip(&method.y).map(|(t, y)| t * y).sum();
        if dual > 0.0 {
            best.offer_dual(&method.y, dual / dual_values[0]);
        }
        let gap = best.gap();
        let rank = revealed_rank(&primal_values, &dual_values);
        if gap < POLISH_FROM && (rank != tried_rank || gap < POLISH_AGAIN * tried_gap) {
            (tried_rank, tried_gap) = (rank, gap);
            if let Some(Polished { z, y }) = polish(affine, z.as_ref(), &method.y, rank, symmetric)? {
                let (z, missing) = affine.project(z.as_ref());
                let upper = nuclear_norm(z.as_ref())? + nuclear_bound(missing, shape);
                let lower = affine.feasible_dual(&y)?;
                best.offer_primal(z, upper);
                best.offer_dual(&y, lower);
            }
        }
    }
    Ok(best)
}

/// Bound of the nuclear norm of a matrix by its Frobenius norm.
fn nuclear_bound(frobenius: f64, (d1, d2): (usize, usize)) -> f64 {
    (d1.min(d2) as f64).sqrt() * frobenius
}

/// The program in Z with independent measurements: no linear part.
struct Constrained<'a> {
    affine: &'a Affine,
    shape: (usize, usize),
}

impl Program for Constrained<'_> {
    fn targets(&self) -> &[f64] {
        &self.affine.targets
    }

    fn cone(&self) -> Option<Cone> {
        Some(Cone::Ball(self.shape.0, self.shape.1))
    }

    fn matrix(&self, y: &[f64]) -> Mat<f64> {
        self.affine.operator.adjoint(y)
    }

    fn bounds(&self) -> &[f64] {
        &[]
    }

    fn linear(&self, _y: &[f64]) -> Vec<f64> {
        Vec::new()
    }

    fn forward(&self, z: Option<MatRef<'_, f64>>, _u: &[f64]) -> Vec<f64> {
        z.map_or_else(|| vec![0.0; self.affine.targets.len()], |z| self.affine.operator.apply(z))
    }

    fn schur(&self, w: Option<MatRef<'_, f64>>, _ratios: &[f64]) -> Mat<f64> {
        let m = self.affine.targets.len();
        let mut out = w.map_or_else(|| Mat::zeros(m, m), |w| self.affine.operator.schur(w));
        for j in 0..m {
            out.col_as_slice_mut(j).iter_mut().for_each(|v| *v *= 2.0);
        }
        out
    }
}
