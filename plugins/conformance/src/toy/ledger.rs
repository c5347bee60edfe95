use flatbench_plugin::host::{HostOracle, OracleError, Question};
use flatbench_records::OracleCalls;

use super::problem::{Problem, counted_as};

/// A problem's oracle with a budget and a count of every call.
pub(crate) struct Ledger<'a> {
    problem: &'a Problem,
    budget: f64,
    /// Answered calls.
    pub(crate) calls: OracleCalls,
    /// Calls refused for want of budget.
    pub(crate) refused: usize,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(problem: &'a Problem, budget: f64) -> Self {
        Ledger { problem, budget, calls: OracleCalls::default(), refused: 0 }
    }

    /// In full-gradient equivalents.
    pub(crate) fn spent(&self) -> f64 {
        self.calls.gradient_equivalents(self.problem.measurements())
    }

    fn charge(&mut self, question: Question<'_>) -> Result<(), OracleError> {
        let mut calls = self.calls;
        let (kind, measurements, times) = counted_as(question, self.problem.start.len());
        (0..times).for_each(|_| calls.enter(kind, measurements));
        if calls.gradient_equivalents(self.problem.measurements()) > self.budget {
            self.refused += 1;
            return Err(OracleError::Budget);
        }
        self.calls = calls;
        Ok(())
    }
}

impl HostOracle for Ledger<'_> {
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        self.charge(question)?;
        Ok(self.problem.answer(w, question, out))
    }

    fn progress(&self) -> f64 {
        (self.spent() / self.budget).min(1.0)
    }

    fn remaining(&self) -> f64 {
        self.budget - self.spent()
    }

    fn measurements(&self) -> usize {
        self.problem.measurements()
    }
}
