//! Whether two runs came to the same where their bits may differ: on processors with other instruction sets.

use flatbench_records::RunResult;

use super::check::Check;

/// Largest relative difference of what only rounding takes apart: loss and tr H at the start, tr H of the flattest minimum.
const ROUNDING: f64 = 1e-6;

/// Largest relative difference of tr H at the limit. A run adds up the rounding of all its steps, and one with noise may go another way
/// to the same place.
const END: f64 = 0.02;

/// The check of one run; `rebuilt` says by what it was done.
pub fn check(name: String, was: &RunResult, is: &RunResult, rebuilt: &str) -> Check {
    let mut differences = Vec::new();
    if was.outcome != is.outcome {
        differences.push(format!("outcome: {} recorded, {} now", was.outcome, is.outcome));
    }
    let start = |result: &RunResult| {
        let start = result.start.as_ref();
        [start.and_then(|start| start.train_loss), start.and_then(|start| start.hessian_trace)]
    };
    let flattest = |result: &RunResult| result.reference.flat.as_ref().map(|flat| flat.hessian_trace);
    let end = |result: &RunResult| result.limit().and_then(|limit| limit.hessian_trace);
    let [was_loss, was_trace] = start(was);
    let [is_loss, is_trace] = start(is);
    let numbers = [
        ("loss at the start", was_loss, is_loss, ROUNDING),
        ("tr H at the start", was_trace, is_trace, ROUNDING),
        ("tr H of the flattest minimum", flattest(was), flattest(is), ROUNDING),
        ("tr H at the limit", end(was), end(is), END),
    ];
    let mut furthest: f64 = 0.0;
    for (what, was, is, tolerance) in numbers {
        match (was, is) {
            (Some(was), Some(is)) => {
                let apart = (was - is).abs() / was.abs().max(is.abs()).max(f64::MIN_POSITIVE);
                furthest = furthest.max(apart);
                if apart > tolerance || apart.is_nan() {
                    differences.push(format!("{what}: {was} recorded, {is} now"));
                }
            }
            (None, None) => {}
            (was, is) => differences.push(format!("{what}: {was:?} recorded, {is:?} now")),
        }
    }
    let detail = match differences.first() {
        None => format!(
            "the same within tolerances ({ROUNDING:e} at the start and of the flattest minimum, {END} of tr H at the limit), not bit for bit: \
             other instruction sets{rebuilt}"
        ),
        Some(first) => {
            format!("{} numbers are further apart than tolerated{rebuilt}, the first: {first}", differences.len())
        }
    };
    Check::new(
        name,
        differences.is_empty(),
        detail,
        &[("differences", differences.len() as f64), ("furthest", furthest)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::{Metrics, Outcome, Reference};

    #[test]
    fn rounding_is_tolerated_and_another_minimum_is_not() {
        let mut was = RunResult::ended(Outcome::Completed, "");
        let metrics = Metrics { train_loss: Some(1.0), hessian_trace: Some(5.0), ..Metrics::default() };
        was.start = Some(metrics);
        was.reference.flat = Some(Reference { hessian_trace: 2.0, ..Reference::default() });
        let mut is = was.clone();
        let passes = |is: &RunResult| check(String::new(), &was, is, "").passed;
        is.start.as_mut().expect("a start").train_loss = Some(1.0 + 1e-12);
        assert!(passes(&is));
        is.start.as_mut().expect("a start").train_loss = Some(1.001);
        assert!(!passes(&is));
        let mut other = was.clone();
        other.reference.flat = None;
        assert!(!passes(&other), "a number that is there in one alone");
        other = RunResult { outcome: Outcome::TimedOut, ..was.clone() };
        assert!(!passes(&other));
    }
}
