use flatbench_plugin::host::PluginError;
use flatbench_records::{Outcome, Termination};

/// Loss, relative to the start, beyond which a run has diverged.
pub(super) const DIVERGENCE: f64 = 1e6;
/// Steps in a row that may pass without an oracle call.
const IDLE: u64 = 100_000;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The optimization stopped, with the reason where it is not plain.
    Stopped(Termination, Option<String>),
    /// It broke off.
    Failed(Outcome, String),
}

impl From<PluginError> for End {
    fn from(error: PluginError) -> Self {
        match error {
            PluginError::Budget => End::overdrawn(),
            PluginError::NotSupported(message) => End::Failed(Outcome::Skipped, message),
            PluginError::Panicked(message) => End::Failed(Outcome::Panicked, message),
            PluginError::Failed(message) => End::Failed(Outcome::PluginError, message),
            PluginError::Hyperparameter(error) => End::Failed(Outcome::PluginError, error.to_string()),
        }
    }
}

impl End {
    /// An end that needs no reason.
    pub(super) fn plain(termination: Termination) -> Self {
        End::Stopped(termination, None)
    }

    /// The last step was refused an oracle call.
    pub(super) fn overdrawn() -> Self {
        End::Stopped(Termination::Budget, Some("stopped inside a step: the budget was overdrawn".to_owned()))
    }

    /// The parameters, or the loss there, left what can be measured.
    pub(super) fn diverged(w: &[f64]) -> Self {
        let reason = match w.iter().all(|x| x.is_finite()) {
            true => format!("the loss is more than {DIVERGENCE:.0e} times that at the start"),
            false => "the parameters are not finite".to_owned(),
        };
        End::Stopped(Termination::Diverged, Some(reason))
    }

    /// The loss is where the suite wants the run to stop.
    pub(super) fn at_loss(fraction: f64) -> Self {
        let reason = format!("the loss is at most {fraction:e} times that at the start");
        End::Stopped(Termination::LossReached, Some(reason))
    }

    /// The graver of what the step's own word and a look at the run say: a spent budget may also have left the parameters
    /// where they were, but a diverged run has diverged.
    pub(super) fn graver(word: Option<End>, found: Option<End>) -> Option<End> {
        match found {
            Some(End::Stopped(Termination::Diverged, _)) => found,
            found => word.or(found),
        }
    }
}

/// Steps that spend nothing.
#[derive(Default)]
pub(super) struct Idleness {
    steps: u64,
    spent: f64,
}

impl Idleness {
    /// Counts a step after which so much is spent, and ends a run that asks nothing any more.
    pub(super) fn count(&mut self, spent: f64) -> Option<End> {
        self.steps = if spent > self.spent { 0 } else { self.steps + 1 };
        self.spent = spent;
        let detail = || format!("{IDLE} steps in a row without an oracle call");
        (self.steps == IDLE).then(|| End::Stopped(Termination::Stalled, Some(detail())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_is_graver_than_a_spent_budget_and_a_standstill_is_not() {
        let (budget, stalled) = (End::plain(Termination::Budget), End::plain(Termination::Stalled));
        let diverged = End::diverged(&[f64::NAN]);
        assert_eq!(End::graver(Some(budget.clone()), Some(diverged.clone())), Some(diverged));
        assert_eq!(End::graver(Some(budget.clone()), Some(stalled.clone())), Some(budget));
        assert_eq!(End::graver(None, Some(stalled.clone())), Some(stalled));
        assert_eq!(End::graver(None, None), None);
    }

    #[test]
    fn a_call_once_in_a_while_is_not_idle() {
        let mut idleness = Idleness::default();
        let mut spent = 0.0;
        for step in 0..3 * IDLE {
            if step % (IDLE - 1) == 0 {
                spent += 1.0;
            }
            assert_eq!(idleness.count(spent), None);
        }
        let ends = (1..=IDLE).find(|_| idleness.count(spent).is_some());
        assert!(ends.is_some_and(|n| n <= IDLE));
    }
}
