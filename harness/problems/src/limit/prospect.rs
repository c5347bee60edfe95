use super::failure::LimitFailure;
use crate::problem::Problem;

/// Predictions, relative to the targets, up to which a point lies next to w = 0, where all predictions vanish.
const NOTHING: f64 = 0.1;

/// Why a search for a zero-loss point next to `w` would be futile or mean nothing, as far as can be told beforehand.
pub(super) fn prospect(problem: &dyn Problem, w: &[f64]) -> Option<LimitFailure> {
    if predicted(problem, w) <= NOTHING {
        return Some(LimitFailure::HeldAtZero);
    }
    let dimensions = problem.dimensions();
    let (measurements, parameters) = (dimensions.measurements, dimensions.parameters);
    let contradictory = measurements > parameters && !problem.is_realisable();
    contradictory.then_some(LimitFailure::Overdetermined { measurements, parameters })
}

/// ‖A(X(w))‖ / ‖b‖.
fn predicted(problem: &dyn Problem, w: &[f64]) -> f64 {
    let operator = problem.operator();
    let mut x = vec![0.0; operator.matrix_len()];
    x.iter_mut().zip(problem.end_to_end(w)).for_each(|(entry, x)| *entry = x);
    let mut predictions = vec![0.0; operator.count()];
    operator.apply(&x, &mut predictions);
    let square = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>();
    (square(&predictions) / square(problem.targets())).sqrt()
}
