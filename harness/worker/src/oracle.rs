use flatbench_plugin::host::{HostOracle, OracleError};
use flatbench_problems::{Evaluator, NotSupported};
use flatbench_records::CallKind;

use crate::ledger::Ledger;

/// The oracle that a run is given: the instance's evaluator behind a ledger.
pub struct MeteredOracle<'a> {
    evaluator: Box<dyn Evaluator + 'a>,
    ledger: Ledger,
    measurements: usize,
    refused: bool,
}

impl<'a> MeteredOracle<'a> {
    /// A fresh oracle over an instance of so many measurements, with a budget in full-gradient equivalents.
    pub fn new(evaluator: Box<dyn Evaluator + 'a>, measurements: usize, budget: f64) -> Self {
        MeteredOracle { evaluator, ledger: Ledger::new(measurements, budget), measurements, refused: false }
    }

    /// What was spent.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether a call was refused for want of budget since this was last asked: a plugin may ignore refusals, the host does not.
    pub fn take_refusal(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    /// Charges a call, or refuses it when even a step that has begun gets no more.
    fn charge(&mut self, kind: CallKind, measurements: usize) -> Result<(), OracleError> {
        if self.ledger.overdrawn() {
            self.refused = true;
            return Err(OracleError::Budget);
        }
        self.ledger.enter(kind, measurements);
        Ok(())
    }
}

fn refused(error: NotSupported) -> OracleError {
    OracleError::NotSupported(error.to_string())
}

impl HostOracle for MeteredOracle<'_> {
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Loss, 0)?;
        Ok(self.evaluator.loss(w))
    }

    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Gradient, 0)?;
        Ok(self.evaluator.gradient(w, out))
    }

    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        self.charge(CallKind::MinibatchGradient, batch.len())?;
        self.evaluator.minibatch_gradient(w, batch, noise, out).map_err(refused)
    }

    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::Gradient, 0)?;
        self.evaluator.perturbed_gradient(w, noise, out).map_err(refused)
    }

    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::HessianVector, 0)?;
        self.evaluator.hessian_vector(w, v, out).map_err(refused)
    }

    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError> {
        self.charge(CallKind::Trace, 0)?;
        self.evaluator.hessian_trace(w).map_err(refused)
    }

    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError> {
        self.charge(CallKind::TraceGradient, 0)?;
        self.evaluator.hessian_trace_gradient(w, out).map_err(refused)?;
        Ok(())
    }

    fn progress(&self) -> f64 {
        (self.ledger.spent() / self.ledger.budget()).min(1.0)
    }

    fn remaining(&self) -> f64 {
        (self.ledger.budget() - self.ledger.spent()).max(0.0)
    }

    fn measurements(&self) -> usize {
        self.measurements
    }
}
