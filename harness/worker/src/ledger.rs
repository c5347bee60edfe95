use flatbench_records::{CallKind, OracleCalls};

/// What a run has spent, by kind of oracle call, against its budget.
#[derive(Clone, Debug)]
pub struct Ledger {
    calls: OracleCalls,
    measurements: usize,
    budget: f64,
    /// Of the calls so far: asked for more often than it changes.
    spent: f64,
}

/// A step that has begun may overdraw the budget by this many full gradients, so that it can finish; beyond it the
/// oracle refuses.
pub const OVERDRAFT: f64 = 16.0;

impl Ledger {
    /// An empty ledger for an instance with `measurements` measurements and a budget in full-gradient equivalents.
    pub fn new(measurements: usize, budget: f64) -> Self {
        let calls = OracleCalls::default();
        Ledger { calls, measurements, budget, spent: calls.gradient_equivalents(measurements) }
    }

    /// Calls so far.
    pub fn calls(&self) -> OracleCalls {
        self.calls
    }

    /// Spent so far, in full-gradient equivalents.
    pub fn spent(&self) -> f64 {
        self.spent
    }

    /// The budget, in full-gradient equivalents.
    pub fn budget(&self) -> f64 {
        self.budget
    }

    /// Whether nothing is left.
    pub fn exhausted(&self) -> bool {
        self.spent() >= self.budget
    }

    /// Whether even a step that has begun gets no more.
    pub fn overdrawn(&self) -> bool {
        self.spent() >= self.budget + OVERDRAFT
    }

    /// Enters one call, over so many single measurements where it is priced by them.
    pub fn enter(&mut self, kind: CallKind, measurements: usize) {
        self.calls.enter(kind, measurements);
        self.spent = self.calls.gradient_equivalents(self.measurements);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_charged_by_the_price_list() {
        let mut ledger = Ledger::new(240, 100.0);
        for kind in CallKind::ALL {
            ledger.enter(kind, 60);
        }
        ledger.enter(CallKind::MinibatchGradient, 60);
        let of_all = 0.5 + 1.0 + 2.0 + 1.0 + 1.0 + 0.5 + 0.5 + 0.5 + 1.0 + 3.0 + 2.0 + 2.0;
        assert_eq!(ledger.spent(), of_all + 0.25 * (2.0 * 1.0 + 0.5 + 2.0 + 0.5));
        assert_eq!((ledger.calls().minibatch, ledger.calls().minibatch_measurements), (2, 120));
    }

    #[test]
    fn a_full_pass_of_single_measurements_costs_exactly_one_gradient() {
        let mut ledger = Ledger::new(7, 1.0);
        for _ in 0..7 {
            assert!(!ledger.exhausted());
            ledger.enter(CallKind::MinibatchGradient, 1);
        }
        assert_eq!(ledger.spent(), 1.0);
        assert!(ledger.exhausted() && !ledger.overdrawn());
    }
}
