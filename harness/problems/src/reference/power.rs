use faer::Mat;
use ndarray::{Array2, ArrayView2};

use super::absolute;
use super::affine::Affine;
use super::dense::{require_finite, require_size};
use super::error::{Axis, ReferenceError};
use super::operator::Operator;
use super::smooth;
use super::solution::{Settings, Solution};

/// min Σ c_j |x_j|^p subject to A x = b, for 1 ≤ p ≤ 2.
///
/// With c_j the mean square of column j of A and p = 2 − 2/k this is the flattest zero-loss point of k ≥ 2 factors
/// multiplied entry by entry (Ding et al. 2024, section 9); with c = 1 and p = 1 it is the smallest ℓ1 norm.
#[derive(Clone, Copy, Debug)]
pub struct WeightedPower<'a, 'b> {
    /// A, m × n.
    pub measurements: ArrayView2<'a, f64>,
    /// b, length m.
    pub targets: &'b [f64],
    /// c, length n, positive.
    pub weights: &'b [f64],
    /// p.
    pub exponent: f64,
}

/// The primal-dual result of a solver in the variables z_j = c_j^{1/p} x_j.
pub(super) struct Pair {
    pub z: Vec<f64>,
    pub lower: f64,
    pub iterations: usize,
}

/// Solves a [`WeightedPower`] program; the solution is n × 1.
///
/// # Errors
/// Shapes and values as for [`super::weighted_nuclear`], [`ReferenceError::Unobserved`] for a coordinate with weight
/// zero, and an exponent outside [1, 2].
pub fn weighted_power(problem: &WeightedPower<'_, '_>, settings: &Settings) -> Result<Solution, ReferenceError> {
    let (m, n) = problem.measurements.dim();
    let p = problem.exponent;
    require_size("number of targets", m, problem.targets.len())?;
    require_size("number of weights", n, problem.weights.len())?;
    require_finite("the measurement array", problem.measurements.iter())?;
    require_finite("the targets", problem.targets)?;
    require_finite("the weights", problem.weights)?;
    if !(1.0..=2.0).contains(&p) {
        return Err(ReferenceError::Parameter { name: "exponent", value: p, rule: "between 1 and 2" });
    }
    if let Some(index) = problem.weights.iter().position(|c| *c <= 0.0) {
        return Err(ReferenceError::Unobserved { axis: Axis::Coordinate, index });
    }
    if problem.targets.iter().all(|t| *t == 0.0) {
        return Ok(Solution::new(Array2::zeros((n, 1)), 0.0, 0.0, 0.0, 0.0, 0));
    }
    let scales: Vec<f64> = problem.weights.iter().map(|c| c.powf(1.0 / p)).collect();
    let columns = problem
        .measurements
        .rows()
        .into_iter()
        .flat_map(|row| row.iter().zip(&scales).map(|(a, s)| a / s).collect::<Vec<_>>());
    let operator = Operator::Dense { shape: (n, 1), columns: columns.collect() };
    let affine = Affine::new(operator, problem.targets.to_vec())?;
    let pair = if p == 1.0 { absolute::solve(&affine, settings) } else { smooth::solve(&affine, p, settings) };

    let x = Array2::from_shape_fn((n, 1), |(j, _)| pair.z[j] / scales[j]);
    let objective =
        |x: &dyn Fn(usize) -> f64| problem.weights.iter().enumerate().map(|(j, c)| c * x(j).abs().powf(p)).sum::<f64>();
    let value = objective(&|j| x[[j, 0]]);
    let z = Mat::from_fn(n, 1, |j, _| scales[j] * x[[j, 0]]);
    let (exact, _) = affine.project(z.as_ref());
    let correction = (objective(&|j| exact[(j, 0)] / scales[j]) - value).abs();
    let residual: Vec<f64> = problem
        .measurements
        .rows()
        .into_iter()
        .zip(problem.targets)
        .map(|(row, t)| row.iter().zip(&x).map(|(a, v)| a * v).sum::<f64>() - t)
        .collect();
    let feasibility = super::dense::norm(&residual) / super::dense::norm(problem.targets);
    Ok(Solution::new(x, value, correction, pair.lower, feasibility, pair.iterations))
}
