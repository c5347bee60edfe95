use flatbench_records::CallKind;

use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "cost per step";
const STEPS: usize = 40;

/// What a step asks for, from the ledger, for comparison with the plugin's documentation.
pub(super) fn check(subject: &Subject) -> Check {
    let problem = &subject.factorization;
    let trial = subject.trial(problem, 400.0, STEPS);
    if let Some(reason) = trial.not_supported() {
        return Check::skipped(NAME, format!("not supported: {reason}"));
    }
    if let Some(reason) = trial.failure() {
        return Check::failed(NAME, reason, "make a plain run succeed first");
    }
    if trial.idle_steps > 0 && trial.idle_steps == trial.steps {
        return Check::failed(
            NAME,
            format!("none of {} steps asked the oracle anything", trial.steps),
            "let every step ask something, or return `Status::Converged`: a run that spends nothing never ends",
        );
    }
    let steps = trial.steps.max(1) as f64;
    let kinds: Vec<String> = CallKind::ALL
        .into_iter()
        .map(|kind| (kind.name(), trial.ledger.calls.count(kind)))
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{} × {name}", round(count as f64 / steps)))
        .collect();
    let total = round(trial.ledger.spent() / steps);
    Check::passed(
        NAME,
        format!("{} = {total} full-gradient equivalents (m = {})", kinds.join(" + "), problem.measurements()),
    )
}

fn round(x: f64) -> f64 {
    (100.0 * x).round() / 100.0
}
