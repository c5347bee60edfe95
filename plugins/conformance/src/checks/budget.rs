use flatbench_plugin::host::PluginError;

use super::subject::Subject;
use crate::Check;
use crate::trial::{End, Trial};

pub(super) const NAME: &str = "respects the budget";
/// So that the end falls on different calls of a step.
const BUDGETS: [f64; 5] = [0.3, 1.5, 2.25, 3.6, 7.3];
const MAX_STEPS: usize = 2000;
/// Refused calls in one step that are taken for an attempt at something cheaper.
const PATIENCE: usize = 3;

/// A refused call ends the run, with the oracle's own error.
pub(super) fn check(subject: &Subject) -> Check {
    for budget in BUDGETS {
        let trial = subject.trial(&subject.factorization, budget, MAX_STEPS);
        if let Some(reason) = trial.not_supported() {
            return Check::skipped(NAME, format!("not supported: {reason}"));
        }
        if let Some((what, remedy)) = mistake(&trial) {
            return Check::failed(NAME, format!("with a budget of {budget} gradients {what}"), remedy);
        }
    }
    Check::passed(NAME, format!("stops at the first refusal for budgets from {} to {}", BUDGETS[0], BUDGETS[4]))
}

fn mistake(trial: &Trial<'_>) -> Option<(String, &'static str)> {
    let refused = trial.refused_in_last_step;
    match &trial.end {
        End::Error(PluginError::Budget) if trial.ledger.refused == 0 => Some((
            "it says that the budget is spent, which it is not".to_owned(),
            "return the budget error only when the oracle gave it",
        )),
        End::Error(PluginError::Budget) if refused > PATIENCE => Some((
            format!("the last step asks {refused} times although it is refused"),
            "leave the step at the first refusal: hand the oracle's errors on with `?`",
        )),
        End::Error(PluginError::Budget) => None,
        End::Converged if refused > 0 => Some((
            "it claims to have converged when it was refused".to_owned(),
            "hand the oracle's error on with `?` instead of ending the run as converged",
        )),
        End::Converged => None,
        End::Steps if trial.ledger.refused > 0 => Some((
            format!("it goes on after {} refused calls", trial.ledger.refused),
            "hand the oracle's errors on with `?` instead of ignoring them",
        )),
        End::Steps => Some((
            format!("it takes {} steps and asks for {} gradients' worth only", trial.steps, trial.ledger.spent()),
            "let every step ask the oracle something, or say that the method has converged",
        )),
        End::Error(error) if refused > 0 => Some((
            format!("it turns the refusal into another error: {error}"),
            "hand the oracle's error on unchanged, so that the normal end of a run is not taken for a failure",
        )),
        End::Error(error) => Some((format!("it fails: {error}"), "make a plain run succeed first")),
    }
}
