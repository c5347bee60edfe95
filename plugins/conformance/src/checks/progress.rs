use super::subject::Subject;
use crate::Check;
use crate::toy::Problem;

pub(super) const CONVEX: &str = "progress, convex";
pub(super) const FACTORIZATION: &str = "progress, factorization";

/// Full-gradient equivalents.
const BUDGET: f64 = 1000.0;
const MAX_STEPS: usize = 100_000;
/// The final loss may be at most this fraction of the first.
const FRACTION: f64 = 0.5;

/// The loss falls on least squares.
pub(super) fn convex(subject: &Subject) -> Check {
    check(CONVEX, subject, &subject.convex)
}

/// The loss falls on a small factorization.
pub(super) fn factorization(subject: &Subject) -> Check {
    check(FACTORIZATION, subject, &subject.factorization)
}

fn check(name: &'static str, subject: &Subject, problem: &Problem) -> Check {
    let trial = subject.trial(problem, BUDGET, MAX_STEPS);
    if let Some(reason) = trial.not_supported() {
        return Check::skipped(name, format!("the plugin does not support {}: {reason}", problem.label));
    }
    if let Some(reason) = trial.failure() {
        return Check::failed(name, reason, "make a plain run succeed first");
    }
    let (before, after) = (problem.loss(&problem.start), problem.loss(&trial.point));
    let detail = format!(
        "loss {before:.3e} → {after:.3e} in {} steps, {:.0} gradients' worth",
        trial.steps,
        trial.ledger.spent()
    );
    if after <= FRACTION * before {
        return Check::passed(name, detail);
    }
    Check::failed(
        name,
        detail,
        "choose defaults that work on a problem of order one: a step size with unit = \"1/lambda_max\" below 2 does for plain \
         descent, a schedule that falls for steps of fixed length",
    )
}
