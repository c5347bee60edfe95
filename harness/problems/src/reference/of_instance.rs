use ndarray::Array2;

use super::attainment::{MEETING, attained, require_zero_loss, truth_attained};
use super::chain::lower_bound;
use super::solution::relative_gap;
use super::{
    Axis, Measurements, ReferenceError, Settings, SmallestTrace, Solution, Weight, WeightedNuclear, WeightedPower,
    robust_pca, smallest_trace, weighted_nuclear, weighted_power,
};
use crate::{FlattestProgram, Problem, Structure};

/// Most weighted programs solved in search of a flatter chain; two or three leave nothing to gain.
const REWEIGHTINGS: usize = 5;
/// Relative gain below which that search ends.
const PROGRESS: f64 = 1e-9;

/// A zero-loss point that runs of an instance are compared with, or a bound in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePoint {
    /// X; `None` where every zero-loss point has the same trace, so that nothing was solved.
    pub x: Option<Array2<f64>>,
    /// Trace of the flattest factorization of X: what runs are compared with. Where X is not `attained`, a lower bound of
    /// the trace of every zero-loss point (flattest only).
    pub hessian_trace: f64,
    /// Whether some w has X as its matrix and no loss.
    pub attained: bool,
    /// Proven lower bound of the trace at every zero-loss point. Flattest only.
    pub lower: Option<f64>,
    /// Smallest trace of a known zero-loss point; `None` where none is known. Flattest only.
    pub upper: Option<f64>,
    /// (upper − lower) / upper: of the program that X solves, or of `upper` and `lower` where X is the best of several.
    pub gap: Option<f64>,
    /// Whether X is attained and proven to be the minimum, up to a relative difference of 1e-8.
    pub certified: bool,
}

/// The flattest zero-loss point of an instance.
///
/// # Errors
/// Why the instance has none that is determined.
pub fn flattest(problem: &dyn Problem, settings: &Settings) -> Result<ReferencePoint, ReferenceError> {
    let program = program(problem)?;
    let solution = match &program {
        FlattestProgram::Constant { value } => return constant(problem, &program, *value, settings),
        FlattestProgram::Nuclear => return deep(problem, &program, settings),
        FlattestProgram::WeightedNuclear { left, right, symmetric } => {
            let rows = Weight::square_root(left.view(), Axis::Row)?;
            let cols = Weight::square_root(right.view(), Axis::Column)?;
            nuclear(problem, rows, cols, *symmetric, settings)?
        }
        FlattestProgram::WeightedTrace { weight } => {
            semidefinite(problem, Weight::square_root(weight.view(), Axis::Row)?, settings)?
        }
        FlattestProgram::NuclearL1Ball { observed, radius, .. } => robust_pca(observed.view(), *radius, settings)?,
        FlattestProgram::WeightedPower { weights, exponent, .. } => power(problem, weights, *exponent, settings)?,
    };
    let trace = problem.flatness_floor(solution.x.view());
    // The trace is a multiple of the objective.
    let lower = if solution.value > 0.0 { trace * (solution.dual_value / solution.value).min(1.0) } else { 0.0 };
    let own = attained(problem, solution.x.view());
    let upper = least(own.into_iter().chain(truth_attained(problem)));
    require_zero_loss(problem, &program, upper.is_some())?;
    // Rounding may have left X with more singular values than the factors have columns.
    let meets = upper.is_some_and(|upper| upper <= trace * (1.0 + MEETING));
    let attained = own.is_some() || meets;
    Ok(ReferencePoint {
        hessian_trace: if attained { trace } else { lower },
        attained,
        lower: Some(lower),
        upper,
        gap: Some(solution.relative_gap),
        certified: attained && solution.certified,
        x: Some(solution.x),
    })
}

/// The zero-loss point of smallest nuclear norm (ℓ1 norm, for a vector).
///
/// # Errors
/// As for [`flattest`].
pub fn norm_minimal(problem: &dyn Problem, settings: &Settings) -> Result<ReferencePoint, ReferenceError> {
    let program = program(problem)?;
    let solution = match &program {
        FlattestProgram::WeightedPower { weights, .. } => power(problem, &vec![1.0; weights.len()], 1.0, settings)?,
        FlattestProgram::NuclearL1Ball { observed, radius, .. } => robust_pca(observed.view(), *radius, settings)?,
        FlattestProgram::WeightedNuclear { symmetric, .. } => unweighted(problem, *symmetric, settings)?,
        FlattestProgram::Nuclear => unweighted(problem, false, settings)?,
        // The factors make only positive semidefinite X, whose nuclear norm is the trace.
        FlattestProgram::Constant { .. } | FlattestProgram::WeightedTrace { .. } => {
            semidefinite(problem, unit_weight(problem), settings)?
        }
    };
    let attained = attained(problem, solution.x.view()).is_some();
    require_zero_loss(problem, &program, attained || truth_attained(problem).is_some())?;
    Ok(ReferencePoint {
        hessian_trace: problem.flatness_floor(solution.x.view()),
        attained,
        lower: None,
        upper: None,
        gap: Some(solution.relative_gap),
        certified: attained && solution.certified,
        x: Some(solution.x),
    })
}

fn program(problem: &dyn Problem) -> Result<FlattestProgram, ReferenceError> {
    problem.flattest_program().map_err(|error| ReferenceError::IllPosed { reason: error.reason })
}

fn least(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.filter(|value| value.is_finite()).reduce(f64::min)
}

/// Where all zero-loss points have one trace it only has to be known that there are any.
fn constant(
    problem: &dyn Problem,
    program: &FlattestProgram,
    value: f64,
    settings: &Settings,
) -> Result<ReferencePoint, ReferenceError> {
    let attained = match truth_attained(problem) {
        Some(_) => true,
        None => attained(problem, semidefinite(problem, unit_weight(problem), settings)?.x.view()).is_some(),
    };
    require_zero_loss(problem, program, attained)?;
    let upper = attained.then_some(value);
    Ok(ReferencePoint {
        x: None,
        hessian_trace: value,
        attained,
        lower: Some(value),
        upper,
        gap: None,
        certified: attained,
    })
}

/// Three layers and more: no convex program is known. The best of several matrices that fit, against a proven bound.
fn deep(
    problem: &dyn Problem,
    program: &FlattestProgram,
    settings: &Settings,
) -> Result<ReferencePoint, ReferenceError> {
    let depth = problem.blocks().len();
    let lower = lower_bound(problem, depth)?;
    let mut best: Option<(f64, Array2<f64>)> = None;
    let mut offer = |x: Array2<f64>| {
        let Some(floor) = attained(problem, x.view()) else { return };
        if best.as_ref().is_none_or(|(least, _)| floor < *least) {
            best = Some((floor, x));
        }
    };
    if let Some(truth) = problem.truth() {
        offer(truth.to_owned());
    }
    let mut x = unweighted(problem, false, settings)?.x;
    for _ in 0..REWEIGHTINGS {
        offer(x.clone());
        let Some((rows, cols)) = problem.local_weights(x.view()) else { break };
        let rows = Weight::square_root(rows.view(), Axis::Row)?;
        let cols = Weight::square_root(cols.view(), Axis::Column)?;
        let next = nuclear(problem, rows, cols, false, settings)?.x;
        if problem.flatness_floor(next.view()) >= problem.flatness_floor(x.view()) * (1.0 - PROGRESS) {
            break;
        }
        x = next;
    }
    require_zero_loss(problem, program, best.is_some())?;
    let upper = best.as_ref().map(|(floor, _)| *floor);
    let gap = upper.map(|upper| relative_gap(upper, lower));
    Ok(ReferencePoint {
        hessian_trace: upper.unwrap_or(lower),
        attained: upper.is_some(),
        lower: Some(lower),
        upper,
        gap,
        certified: gap.is_some_and(|gap| gap.abs() <= MEETING),
        x: best.map(|(_, x)| x),
    })
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

fn unit_weight(problem: &dyn Problem) -> Weight {
    Weight::identity(problem.operator().rows())
}

fn semidefinite(problem: &dyn Problem, weight: Weight, settings: &Settings) -> Result<Solution, ReferenceError> {
    with_measurements(problem, |measurements, targets| {
        smallest_trace(&SmallestTrace { measurements, targets, weight }, settings)
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
