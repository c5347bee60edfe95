use faer::{Mat, MatRef};
use ndarray::Array2;

use super::affine::Affine;
use super::cone::Cone;
use super::dense::{dot, eigen, norm, require_finite, require_size, to_ndarray};
use super::error::ReferenceError;
use super::interior_point::{InteriorPoint, Program};
use super::measurements::{Measurements, relative_residual};
use super::polish::{Polished, polish, revealed_rank};
use super::solution::{Settings, Solution, relative_gap};
use super::weight::{Weight, solve_both};

/// Gap below which the rank of the minimiser may be trusted enough to try it.
const POLISH_FROM: f64 = 0.05;
/// Factor by which the gap must have dropped before the same rank is tried again.
const POLISH_AGAIN: f64 = 0.03;
/// Residual over the norm of the targets up to which a positive semidefinite Z counts as fitting.
const FEASIBLE: f64 = 1e-11;

/// min tr(P X P) subject to A(X) = b and X ⪰ 0, for symmetric measurements: with P = I the smallest nuclear norm of any U Uᵀ that
/// fits.
#[derive(Clone, Debug)]
pub struct SmallestTrace<'a, 'b> {
    /// A: m symmetric measurements of a matrix of the size of the weight.
    pub measurements: Measurements<'a>,
    /// b, length m.
    pub targets: &'b [f64],
    /// P.
    pub weight: Weight,
}

/// Solves a [`SmallestTrace`] program.
///
/// The feasible matrices may have no interior (they may be one matrix of low rank), so that no bound says what restoring
/// exact feasibility costs. X is exactly positive semidefinite instead, and the gap holds for the targets that it fits
/// exactly; those differ from b by [`Solution::feasibility`], and the gap includes what that changes at first order.
///
/// # Errors
/// Shapes and values as for [`super::weighted_nuclear`], [`ReferenceError::Inconsistent`] targets, and
/// [`ReferenceError::NotSemidefinite`].
pub fn smallest_trace(problem: &SmallestTrace<'_, '_>, settings: &Settings) -> Result<Solution, ReferenceError> {
    let d = problem.weight.dimension();
    problem.measurements.validate(d, d)?;
    require_size("number of targets", problem.measurements.len(), problem.targets.len())?;
    require_finite("the targets", problem.targets)?;
    if problem.targets.iter().all(|t| *t == 0.0) {
        return Ok(Solution::new(Array2::zeros((d, d)), 0.0, 0.0, 0.0, 0.0, 0));
    }
    let operator = problem.measurements.whitened(&problem.weight, &problem.weight);
    // With B_i = P⁻¹ A_i P⁻¹ and Z = P X P, ⟨Σ B_i, Z⟩ = Σ b_i bounds the trace of every Z ⪰ 0 that fits, where Σ B_i is positive definite.
    let sum = eigen(operator.adjoint(&vec![1.0; problem.targets.len()]).as_ref())?;
    let least = sum.S().column_vector().iter().copied().fold(f64::INFINITY, f64::min);
    let largest_trace = if least > 0.0 { problem.targets.iter().sum::<f64>() / least } else { f64::INFINITY };
    let affine = Affine::new(operator, problem.targets.to_vec())?;
    let best = solve(&affine, d, largest_trace, settings)?;
    let Some(z) = best.z else { return Err(ReferenceError::NotSemidefinite) };
    let value = trace(z.as_ref());
    let correction = best.correction;
    let x = solve_both(&problem.weight, z.as_ref(), &problem.weight);
    let x = Mat::from_fn(d, d, |i, j| 0.5 * (x[(i, j)] + x[(j, i)]));
    let x = to_ndarray(x.as_ref());
    let feasibility = relative_residual(&problem.measurements, x.view(), problem.targets);
    Ok(Solution::new(x, value, correction, best.lower, feasibility, best.iterations))
}

/// The best primal and dual points seen.
struct Best {
    z: Option<Mat<f64>>,
    upper: f64,
    /// Part of `upper` that is not the trace.
    correction: f64,
    y: Vec<f64>,
    lower: f64,
    iterations: usize,
}

impl Best {
    fn offer_dual(&mut self, affine: &Affine, y: &[f64]) -> Result<(), ReferenceError> {
        let lower = affine.semidefinite_dual(y)?;
        if lower > self.lower {
            (self.y, self.lower) = (y.to_vec(), lower);
        }
        Ok(())
    }

    /// Takes `z` cut down to its positive part, if it fits.
    fn offer_primal(&mut self, affine: &Affine, z: MatRef<'_, f64>) -> Result<(), ReferenceError> {
        let z = positive_part(z)?;
        let residual = affine.residual(z.as_ref());
        let value = trace(z.as_ref());
        // The multipliers are the derivative of the optimum in the targets.
        let scale =
            if self.lower > 0.0 && self.lower.is_finite() { self.lower / dot(&affine.targets, &self.y) } else { 0.0 };
        let correction = scale * dot(&residual, &self.y).abs();
        if norm(&residual) <= FEASIBLE * norm(&affine.targets) && value + correction < self.upper {
            (self.z, self.upper, self.correction) = (Some(z), value + correction, correction);
        }
        Ok(())
    }

    fn gap(&self) -> f64 {
        if self.z.is_some() { relative_gap(self.upper, self.lower) } else { f64::INFINITY }
    }
}

fn solve(affine: &Affine, d: usize, largest_trace: f64, settings: &Settings) -> Result<Best, ReferenceError> {
    let program = Constrained { affine, d };
    let size = affine.least_norm(&affine.targets).norm_l2();
    let start = Mat::from_fn(d, d, |i, j| if i == j { size } else { 0.0 });
    let mut method = InteriorPoint::new(&program, Some(start.as_ref()), Vec::new(), vec![0.0; affine.targets.len()]);
    let y = affine.gram_solve(&affine.targets);
    let mut best = Best { z: None, upper: f64::INFINITY, correction: 0.0, y: y.clone(), lower: 0.0, iterations: 0 };
    best.offer_dual(affine, &y)?;
    let (mut tried_rank, mut tried_gap) = (0, f64::INFINITY);
    while best.iterations < settings.max_iterations && best.gap() > settings.target_gap {
        if method.step().is_err() {
            break;
        }
        best.iterations += 1;
        let Some(z) = method.z() else { break };
        best.offer_dual(affine, &method.y)?;
        if best.lower > largest_trace * (1.0 + 1e-9) {
            return Err(ReferenceError::NotSemidefinite);
        }
        let (z, _) = affine.project(z.as_ref());
        best.offer_primal(affine, z.as_ref())?;
        let gap = best.gap();
        let (primal, dual) = (descending(z.as_ref())?, descending(affine.operator.adjoint(&method.y).as_ref())?);
        let rank = revealed_rank(&primal, &dual);
        if gap < POLISH_FROM && (rank != tried_rank || gap < POLISH_AGAIN * tried_gap) {
            (tried_rank, tried_gap) = (rank, gap);
            if let Some(Polished { z, y }) = polish(affine, z.as_ref(), &method.y, rank, true)? {
                best.offer_dual(affine, &y)?;
                best.offer_primal(affine, z.as_ref())?;
            }
        }
    }
    Ok(best)
}

fn trace(z: MatRef<'_, f64>) -> f64 {
    (0..z.nrows()).map(|i| z[(i, i)]).sum()
}

/// Eigenvalues, largest first.
fn descending(z: MatRef<'_, f64>) -> Result<Vec<f64>, ReferenceError> {
    let mut values: Vec<f64> = eigen(z)?.S().column_vector().iter().copied().collect();
    values.reverse();
    Ok(values)
}

/// The nearest positive semidefinite matrix, symmetric to the last bit.
fn positive_part(z: MatRef<'_, f64>) -> Result<Mat<f64>, ReferenceError> {
    let decomposition = eigen(z)?;
    let values: Vec<f64> = decomposition.S().column_vector().iter().map(|v| v.max(0.0).sqrt()).collect();
    let factor = Mat::from_fn(z.nrows(), z.ncols(), |i, j| decomposition.U()[(i, j)] * values[j]);
    let product = &factor * factor.transpose();
    Ok(Mat::from_fn(z.nrows(), z.ncols(), |i, j| 0.5 * (product[(i, j)] + product[(j, i)])))
}

/// The program with independent measurements: no linear part.
struct Constrained<'a> {
    affine: &'a Affine,
    d: usize,
}

impl Program for Constrained<'_> {
    fn targets(&self) -> &[f64] {
        &self.affine.targets
    }

    fn cone(&self) -> Option<Cone> {
        Some(Cone::Semidefinite(self.d))
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
        let (d, m) = (self.d, self.affine.targets.len());
        let Some(w) = w else { return Mat::zeros(m, m) };
        // ⟨B_i, W11 B_j W22 + W12 B_jᵀ W12⟩ with W on both diagonal blocks and nothing between.
        let doubled = Mat::from_fn(2 * d, 2 * d, |i, j| if (i < d) == (j < d) { w[(i % d, j % d)] } else { 0.0 });
        self.affine.operator.schur(doubled.as_ref())
    }
}
