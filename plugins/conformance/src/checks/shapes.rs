use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "any shape of factors";

/// From 1×1 to wide factors, one to three of them.
pub(super) fn check(subject: &Subject) -> Check {
    let (mut survived, mut refused) = (Vec::new(), Vec::new());
    for problem in &subject.shapes {
        let trial = subject.trial(problem, 50.0, 500);
        if let Some(reason) = trial.failure() {
            return Check::failed(
                NAME,
                format!("{}: {reason}", problem.label),
                "read the shapes from the blocks; return `Error::NotSupported` for those that the method is not made for",
            );
        }
        if trial.not_supported().is_some() {
            refused.push(problem.label)
        } else {
            survived.push(problem.label)
        }
        if trial.first_not_finite.is_some() {
            return Check::failed(
                NAME,
                format!("{}: w is not finite", problem.label),
                "check divisions by sizes and norms",
            );
        }
    }
    if survived.is_empty() {
        return Check::failed(NAME, "every shape is refused", "support at least one kind of problem");
    }
    let but = if refused.is_empty() { String::new() } else { format!("; not supported: {}", refused.join(", ")) };
    Check::passed(NAME, format!("{}{but}", survived.join(", ")))
}
