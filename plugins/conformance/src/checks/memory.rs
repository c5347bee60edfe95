use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "writes only to w";

/// The memory around w and around the evaluation point is left alone.
pub(super) fn check(subject: &Subject) -> Check {
    for problem in subject.shapes.iter().chain([&subject.factorization]) {
        let trial = subject.trial(problem, 50.0, 200);
        if trial.wrote_outside {
            return Check::failed(
                NAME,
                format!("{}: memory next to w or next to the evaluation point was changed", problem.label),
                "write to exactly as many entries as the problem has parameters (unsafe or C code is at fault)",
            );
        }
    }
    Check::passed(NAME, "guard zones around w and the evaluation point are intact")
}
