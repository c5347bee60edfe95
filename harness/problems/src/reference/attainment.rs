use ndarray::ArrayView2;

use super::error::ReferenceError;
use crate::{FlattestProgram, Problem};

/// Loss, relative to that of w = 0, up to which a point counts as one of zero loss.
const ZERO_LOSS: f64 = 1e-20;
/// Relative difference up to which a lower and an upper end meet.
pub(super) const MEETING: f64 = 1e-8;

/// floor(x), if some w has x as its matrix and no loss.
pub(super) fn attained(problem: &dyn Problem, x: ArrayView2<'_, f64>) -> Option<f64> {
    let w = problem.flattest_factorization(x)?;
    let mut evaluator = problem.evaluator();
    let (loss, scale) = (evaluator.loss(&w), evaluator.loss(&vec![0.0; w.len()]));
    (loss <= ZERO_LOSS * scale).then(|| problem.flatness_floor(x))
}

/// The floor of the truth, where it fits and the factors are wide enough for it.
pub(super) fn truth_attained(problem: &dyn Problem) -> Option<f64> {
    attained(problem, problem.truth()?)
}

/// An error where no point of zero loss is known and the factors make fewer matrices than there are measurements: then
/// targets with noise have none, except by chance.
pub(super) fn require_zero_loss(
    problem: &dyn Problem,
    program: &FlattestProgram,
    known: bool,
) -> Result<(), ReferenceError> {
    let measurements = problem.dimensions().measurements;
    match freedom(problem, program) {
        Some(freedom) if !known && freedom < measurements => Err(match problem.truth() {
            Some(_) => ReferenceError::Overdetermined { freedom, measurements },
            None => ReferenceError::OverdeterminedData { freedom, measurements },
        }),
        _ => Ok(()),
    }
}

/// Dimension of the set of matrices that the factors make; `None` where fitting is no set of equations.
fn freedom(problem: &dyn Problem, program: &FlattestProgram) -> Option<usize> {
    let d = problem.dimensions();
    let general = |k: usize| k * (d.rows + d.cols - k);
    let symmetric = |k: usize| k * d.rows - k * k.saturating_sub(1) / 2;
    let columns = problem.blocks().iter().map(|block| block.cols).sum::<usize>();
    match program {
        FlattestProgram::WeightedNuclear { symmetric: true, .. }
        | FlattestProgram::WeightedTrace { .. }
        | FlattestProgram::Constant { .. } => Some(symmetric(columns.min(d.rows))),
        FlattestProgram::WeightedNuclear { symmetric: false, .. } | FlattestProgram::Nuclear => {
            Some(general(d.factor_rank.min(d.rows).min(d.cols)))
        }
        FlattestProgram::WeightedPower { .. } => Some(d.rows),
        FlattestProgram::NuclearL1Ball { .. } => None,
    }
}
