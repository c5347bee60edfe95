use flatbench_plugin::host::{self, HostOracle, OracleError};
use flatbench_problems::{Evaluator, Pass, Question};

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
    fn charge(&mut self, question: Question<'_>) -> Result<(), OracleError> {
        if self.ledger.overdrawn() {
            self.refused = true;
            return Err(OracleError::Budget);
        }
        self.ledger.enter(question.kind(), question.measurements());
        Ok(())
    }
}

/// The question of a plugin, in the terms of an evaluator.
fn asked(question: host::Question<'_>) -> Question<'_> {
    match question {
        host::Question::Loss => Question::Loss,
        host::Question::Gradient => Question::Pass(Pass::Gradient),
        host::Question::MinibatchGradient { batch, noise } => Question::MinibatchGradient { batch, noise },
        host::Question::PerturbedGradient(noise) => Question::Pass(Pass::PerturbedGradient(noise)),
        host::Question::HessianVector(v) => Question::Pass(Pass::HessianVector(v)),
        host::Question::Trace => Question::Trace,
        host::Question::TraceGradient => Question::TraceGradient,
    }
}

impl HostOracle for MeteredOracle<'_> {
    fn answer(&mut self, w: &[f64], question: host::Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        let question = asked(question);
        self.charge(question)?;
        self.evaluator.supports(question).map_err(|error| OracleError::NotSupported(error.to_string()))?;
        Ok(self.evaluator.answer(w, question, out))
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
