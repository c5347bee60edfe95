use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "stays finite";

/// From an ordinary start, from a tiny one, from a saddle point and from a solution (gradient exactly 0 at both).
pub(super) fn check(subject: &Subject) -> Check {
    let problem = &subject.factorization;
    let zero = vec![0.0; problem.start.len()];
    let tiny: Vec<f64> = problem.start.iter().map(|x| 1e-6 * x).collect();
    let starts = [
        ("the start", &problem.start),
        ("a tiny start", &tiny),
        ("the saddle point w = 0", &zero),
        ("a solution", &problem.solution),
    ];
    for (label, start) in starts {
        let trial = subject.trial_from(problem, start, 200.0, 4000);
        if let Some(reason) = trial.not_supported() {
            return Check::skipped(NAME, format!("not supported: {reason}"));
        }
        if let Some(reason) = trial.failure() {
            return Check::failed(
                NAME,
                format!("from {label}, {reason}"),
                "let a step succeed where the gradient vanishes",
            );
        }
        if let Some(step) = trial.first_not_finite {
            return Check::failed(
                NAME,
                format!("from {label}: w, the evaluation point or a report is not finite after step {step}"),
                "divide by no norm that can be 0 (the gradient is 0 at a solution), and check the default step size",
            );
        }
    }
    Check::passed(NAME, "from an ordinary and a tiny start, a saddle point and a solution")
}
