use super::{
    Axis, Measurements, ReferenceError, Settings, SmallestTrace, Solution, Weight, WeightedNuclear, WeightedPower,
    robust_pca, smallest_trace, weighted_nuclear, weighted_power,
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
}

/// The flattest zero-loss point of an instance.
///
/// # Errors
/// Why the instance has none that is determined.
pub fn flattest(problem: &dyn Problem, settings: &Settings) -> Result<ReferencePoint, ReferenceError> {
    let program = problem.flattest_program().map_err(|error| ReferenceError::IllPosed { reason: error.reason })?;
    let solution = match program {
        FlattestProgram::Constant { value } => {
            return Ok(ReferencePoint { hessian_trace: value, solution: None });
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
    Ok(point(problem, solution))
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
        // The factors make only positive semidefinite X, whose nuclear norm is the trace.
        FlattestProgram::Constant { .. } => semidefinite(problem, settings)?,
    };
    Ok(point(problem, solution))
}

fn point(problem: &dyn Problem, solution: Solution) -> ReferencePoint {
    ReferencePoint { hessian_trace: problem.flatness_floor(solution.x.view()), solution: Some(solution) }
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
    with_measurements(problem, |measurements, targets| {
        weighted_nuclear(&WeightedNuclear { measurements, targets, rows, cols, symmetric }, settings)
    })
}

fn semidefinite(problem: &dyn Problem, settings: &Settings) -> Result<Solution, ReferenceError> {
    let dimension = problem.operator().rows();
    with_measurements(problem, |measurements, targets| {
        smallest_trace(&SmallestTrace { measurements, targets, dimension }, settings)
    })
}

/// Calls `solve` with the measurements in their cheapest form, and targets that belong to it.
fn with_measurements<T>(problem: &dyn Problem, solve: impl FnOnce(Measurements<'_>, &[f64]) -> T) -> T {
    let targets = problem.targets();
    match problem.operator().structure() {
        Structure::Entries { positions, amplitude } => {
            let targets: Vec<f64> = targets.iter().map(|target| target / amplitude).collect();
            solve(Measurements::Entries(&positions), &targets)
        }
        Structure::RankOne { left, right } => solve(Measurements::RankOne { left, right }, targets),
        Structure::Dense => solve(Measurements::Dense(problem.operator().to_array().view()), targets),
    }
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
