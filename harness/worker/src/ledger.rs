use flatbench_records::OracleCalls;

/// What a run has spent, by kind of oracle call, against its budget.
#[derive(Clone, Debug)]
pub struct Ledger {
    calls: OracleCalls,
    measurements: usize,
    budget: f64,
}

/// A step that has begun may overdraw the budget by this many full gradients, so that it can finish; beyond it the
/// oracle refuses.
pub const OVERDRAFT: f64 = 16.0;

impl Ledger {
    /// An empty ledger for an instance with `measurements` measurements and a budget in full-gradient equivalents.
    pub fn new(measurements: usize, budget: f64) -> Self {
        Ledger { calls: OracleCalls::default(), measurements, budget }
    }

    /// Calls so far.
    pub fn calls(&self) -> OracleCalls {
        self.calls
    }

    /// Spent so far, in full-gradient equivalents.
    pub fn spent(&self) -> f64 {
        self.calls.gradient_equivalents(self.measurements)
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

    /// Enters one call.
    pub fn enter(&mut self, call: Call) {
        match call {
            Call::Loss => self.calls.loss += 1,
            Call::Gradient => self.calls.gradient += 1,
            Call::Minibatch(size) => {
                self.calls.minibatch += 1;
                self.calls.minibatch_measurements += size as u64;
            }
            Call::HessianVector => self.calls.hvp += 1,
            Call::Trace => self.calls.trace += 1,
            Call::TraceGradient => self.calls.trace_gradient += 1,
        }
    }
}

/// A kind of oracle call, as it is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// f(w).
    Loss,
    /// ∇f(w), perturbed targets or not.
    Gradient,
    /// Mini-batch gradient over so many measurements.
    Minibatch(usize),
    /// ∇²f(w)v.
    HessianVector,
    /// tr ∇²f(w).
    Trace,
    /// ∇ tr ∇²f(w).
    TraceGradient,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_charged_by_the_price_list() {
        let mut ledger = Ledger::new(240, 100.0);
        for call in [
            Call::Loss,
            Call::Gradient,
            Call::Minibatch(60),
            Call::Minibatch(60),
            Call::HessianVector,
            Call::Trace,
            Call::TraceGradient,
        ] {
            ledger.enter(call);
        }
        assert_eq!(ledger.spent(), 0.5 + 1.0 + 0.5 + 2.0 + 1.0 + 1.0);
        assert_eq!((ledger.calls().minibatch, ledger.calls().minibatch_measurements), (2, 120));
    }

    #[test]
    fn a_full_pass_of_single_measurements_costs_exactly_one_gradient() {
        let mut ledger = Ledger::new(7, 1.0);
        for _ in 0..7 {
            assert!(!ledger.exhausted());
            ledger.enter(Call::Minibatch(1));
        }
        assert_eq!(ledger.spent(), 1.0);
        assert!(ledger.exhausted() && !ledger.overdrawn());
    }
}
