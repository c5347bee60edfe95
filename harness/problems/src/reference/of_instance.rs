use std::borrow::Cow;

use super::{
    Axis, Measurements, ReferenceError, Settings, Solution, Weight, WeightedNuclear, WeightedPower, robust_pca,
    weighted_nuclear, weighted_power,
};
use crate::{FlattestProgram, Problem, Structure};

/// A zero-loss point that runs of an instance are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePoint {
    /// Trace of its flattest factorization.
    pub hessian_trace: f64,
    /// The solution with its certificate; `None` where every zero-loss point has the same trace, so that nothing was
    /// solved.
    pub solution: Option<Solution>,
    /// Whether `hessian_trace` is the exact minimum, not its limit for many measurements.
    pub exact: bool,
}

/// The flattest zero-loss point of an instance.
///
/// # Errors
/// Why the instance has none that is determined.
pub fn flattest(problem: &dyn Problem, settings: &Settings) -> Result<ReferencePoint, ReferenceError> {
    let program = problem.flattest_program().map_err(|error| ReferenceError::IllPosed { reason: error.reason })?;
    let exact = problem.floor_is_exact();
    let solution = match program {
        FlattestProgram::Constant { value } => {
            return Ok(ReferencePoint { hessian_trace: value, solution: None, exact });
        }
        FlattestProgram::WeightedNuclear { left_root, right_root, symmetric, .. } => {
            let rows = Weight::square_root(left_root.dot(&left_root).view(), Axis::Row)?;
            let cols = Weight::square_root(right_root.dot(&right_root).view(), Axis::Column)?;
            nuclear(problem, rows, cols, symmetric, settings)?
        }
        FlattestProgram::Nuclear => unweighted(problem, false, settings)?,
        FlattestProgram::NuclearL1Ball { observed, radius, .. } => robust_pca(observed.view(), radius, settings)?,
        FlattestProgram::WeightedPower { weights, exponent, .. } => power(problem, &weights, exponent, settings)?,
    };
    Ok(point(problem, solution, exact))
}

/// The zero-loss point of smallest nuclear norm (ℓ1 norm, for a vector).
///
/// # Errors
/// As for [`flattest`].
pub fn norm_minimal(problem: &dyn Problem, settings: &Settings) -> Result<ReferencePoint, ReferenceError> {
    let program = problem.flattest_program().map_err(|error| ReferenceError::IllPosed { reason: error.reason })?;
    let solution = match program {
        FlattestProgram::WeightedPower { weights, .. } => power(problem, &vec![1.0; weights.len()], 1.0, settings)?,
        FlattestProgram::NuclearL1Ball { observed, radius, .. } => robust_pca(observed.view(), radius, settings)?,
        FlattestProgram::WeightedNuclear { symmetric, .. } => unweighted(problem, symmetric, settings)?,
        FlattestProgram::Nuclear => unweighted(problem, false, settings)?,
        FlattestProgram::Constant { .. } => unweighted(problem, true, settings)?,
    };
    Ok(point(problem, solution, problem.floor_is_exact()))
}

fn point(problem: &dyn Problem, solution: Solution, exact: bool) -> ReferencePoint {
    ReferencePoint { hessian_trace: problem.flatness_floor(solution.x.view()), solution: Some(solution), exact }
}

fn unweighted(problem: &dyn Problem, symmetric: bool, settings: &Settings) -> Result<Solution, ReferenceError> {
    let operator = problem.operator();
    let (rows, cols) = (Weight::identity(operator.rows()), Weight::identity(operator.cols()));
    nuclear(problem, rows, cols, symmetric, settings)
}

fn nuclear(
    problem: &dyn Problem,
    rows: Weight,
    cols: Weight,
    symmetric: bool,
    settings: &Settings,
) -> Result<Solution, ReferenceError> {
    let mut targets = Cow::Borrowed(problem.targets());
    let array;
    let entries;
    let measurements = match problem.operator().structure() {
        Structure::Entries { positions, amplitude } => {
            entries = positions;
            targets.to_mut().iter_mut().for_each(|target| *target /= amplitude);
            Measurements::Entries(&entries)
        }
        Structure::RankOne { left, right } => Measurements::RankOne { left, right },
        Structure::Dense => {
            array = problem.operator().to_array();
            Measurements::Dense(array.view())
        }
    };
    weighted_nuclear(&WeightedNuclear { measurements, targets: &targets, rows, cols, symmetric }, settings)
}

fn power(
    problem: &dyn Problem,
    weights: &[f64],
    exponent: f64,
    settings: &Settings,
) -> Result<Solution, ReferenceError> {
    let array = problem.operator().to_array();
    let program = WeightedPower { measurements: array.view(), targets: problem.targets(), weights, exponent };
    weighted_power(&program, settings)
}
