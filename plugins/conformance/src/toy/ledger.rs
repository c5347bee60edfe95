use flatbench_plugin::host::{HostOracle, OracleError};
use flatbench_records::{CallKind, OracleCalls};

use super::Problem;

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

    fn charge(&mut self, kind: CallKind, measurements: usize) -> Result<(), OracleError> {
        let mut calls = self.calls;
        calls.enter(kind, measurements);
        if calls.gradient_equivalents(self.problem.measurements()) > self.budget {
            self.refused += 1;
            return Err(OracleError::Budget);
        }
        self.calls = calls;
        Ok(())
    }
}

impl HostOracle for Ledger<'_> {
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Loss, 0)?;
        Ok(self.problem.loss(w))
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Gradient, 0)?;
        self.problem.gradient(w, 0..self.problem.measurements(), None, out);
        Ok(self.problem.loss(w))
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        self.charge(CallKind::MinibatchGradient, batch.len())?;
        self.problem.gradient(w, batch.iter().copied(), noise, out);
        Ok(())
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::Gradient, 0)?;
        self.problem.gradient(w, 0..self.problem.measurements(), Some(noise), out);
        Ok(())
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::HessianVector, 0)?;
        self.problem.hessian_vector(w, v, out);
        Ok(())
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Trace, 0)?;
        Ok(self.problem.hessian_trace(w))
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::TraceGradient, 0)?;
        self.problem.hessian_trace_gradient(w, out);
        Ok(())
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
