use flatbench_records::LIMIT_LOSS;

use super::failure::LimitFailure;
use super::flow::{Advance, Flow, distance};
use super::krylov::norm;
use super::prospect::prospect;
use crate::evaluator::Evaluator;
use crate::problem::Problem;

/// Where gradient flow from an iterate ends.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitPoint {
    /// The point, or the last that was reached.
    pub w: Vec<f64>,
    /// f there.
    pub loss: f64,
    /// ‖w − iterate‖.
    pub distance: f64,
    /// Steps taken.
    pub steps: usize,
    /// Gradients and Gauss-Newton products computed.
    pub products: usize,
    /// Why there is no limit; `None` where it was reached.
    pub failure: Option<LimitFailure>,
}

/// The loss has to halve within so many steps.
const PATIENCE: usize = 200;
/// ‖∇f‖ ‖w‖ relative to f at or below which a point is stationary. Next to a zero-loss point the quotient is large.
const STATIONARY: f64 = 1e-6;

/// Gradients and Gauss-Newton products that the search for the limit of a run with a small budget may take.
const LEAST_ALLOWANCE: usize = 4000;

/// What the search for the limit of a run may cost: as much as the run itself, where that is long.
pub fn allowance(budget: f64) -> usize {
    (budget as usize).max(LEAST_ALLOWANCE)
}

/// The limit of gradient flow from `iterate`: a zero-loss point, f ≤ [`LIMIT_LOSS`]·`start_loss`, or the reason why none was
/// reached or sought. At most about `allowance` gradients and Gauss-Newton products are computed.
///
/// The evaluator is one of the problem's.
pub fn limit_point(
    problem: &dyn Problem,
    evaluator: &mut dyn Evaluator,
    iterate: &[f64],
    start_loss: f64,
    allowance: usize,
) -> LimitPoint {
    if problem.least_absolute().is_some() {
        let (loss, failure) = (evaluator.loss(iterate), Some(LimitFailure::NotSmooth));
        return LimitPoint { w: iterate.to_vec(), loss, distance: 0.0, steps: 0, products: 0, failure };
    }
    let mut flow = Flow::new(evaluator, iterate, problem.dimensions().measurements, allowance);
    let bound = LIMIT_LOSS * start_loss;
    let mut history = vec![flow.loss];
    let mut failure = None;
    while failure.is_none() && (flow.loss > bound || !flow.loss.is_finite()) {
        let steps = history.len() - 1;
        let relative_loss = flow.loss / start_loss;
        let hardly = steps >= PATIENCE && flow.loss > 0.5 * history[steps - PATIENCE];
        failure = if !flow.loss.is_finite() {
            Some(LimitFailure::NotFinite)
        } else if steps == 0
            && let Some(reason) = prospect(problem, iterate)
        {
            Some(reason)
        } else if hardly || norm(&flow.gradient) * norm(&flow.w) <= STATIONARY * flow.loss {
            Some(LimitFailure::Stationary { relative_loss })
        } else {
            match flow.advance() {
                Advance::Taken => None,
                Advance::Still => Some(LimitFailure::Stationary { relative_loss }),
                Advance::Spent => Some(LimitFailure::Unfinished { relative_loss, products: flow.products }),
                Advance::NotFinite => Some(LimitFailure::NotFinite),
            }
        };
        if failure.is_none() {
            history.push(flow.loss);
        }
    }
    let (loss, steps, products) = (flow.loss, history.len() - 1, flow.products);
    LimitPoint { distance: distance(&flow.w, iterate), w: flow.w, loss, steps, products, failure }
}
