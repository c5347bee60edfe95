use flatbench_instances::leading_eigenpair;
use flatbench_plugin::host::{self, HostOracle, OracleError};
use flatbench_problems::{Evaluator, Pass, Question};

use crate::ledger::Ledger;

/// The oracle that a run is given: the instance's evaluator behind a ledger.
pub struct MeteredOracle<'a> {
    evaluator: Box<dyn Evaluator + 'a>,
    ledger: Ledger,
    measurements: usize,
    refused: bool,
    /// Least full loss told since it was last asked for.
    told: f64,
}

impl<'a> MeteredOracle<'a> {
    /// A fresh oracle over an instance of so many measurements, with a budget in full-gradient equivalents.
    pub fn new(evaluator: Box<dyn Evaluator + 'a>, measurements: usize, budget: f64) -> Self {
        MeteredOracle {
            evaluator,
            ledger: Ledger::new(measurements, budget),
            measurements,
            refused: false,
            told: f64::INFINITY,
        }
    }

    /// What was spent.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether a call was refused for want of budget since this was last asked: a plugin may ignore refusals, the host does not.
    pub fn take_refusal(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    /// The least f that was told, with or without a gradient, since this was last asked; infinite where none was.
    pub fn take_told(&mut self) -> f64 {
        std::mem::replace(&mut self.told, f64::INFINITY)
    }

    /// Answers one question.
    fn once(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        self.charge(question)?;
        self.evaluator.supports(question).map_err(|error| OracleError::NotSupported(error.to_string()))?;
        let is_loss = matches!(question, Question::Loss | Question::Pass(Pass::Gradient));
        let number = self.evaluator.answer(w, question, out);
        if is_loss {
            self.told = self.told.min(number);
        }
        Ok(number)
    }

    /// f(w + t·v) for every step t.
    fn losses_along(&mut self, w: &[f64], v: &[f64], steps: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        let mut point = w.to_vec();
        for (t, loss) in steps.iter().zip(out) {
            point.iter_mut().zip(w.iter().zip(v)).for_each(|(point, (w, v))| *point = w + t * v);
            *loss = self.once(&point, Question::Loss, &mut [])?;
        }
        Ok(f64::NAN)
    }

    /// The largest eigenvalue of the Hessian; its eigenvector is written into `out`.
    fn lambda_max(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError> {
        let product =
            |v: &[f64], product: &mut [f64]| self.once(w, Question::Pass(Pass::HessianVector(v)), product).map(|_| ());
        let (value, vector) = leading_eigenpair(w.len(), product)?;
        out.copy_from_slice(&vector);
        Ok(value)
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
enum Asked<'a> {
    /// One question.
    Once(Question<'a>),
    /// A loss for each step.
    LossesAlong { direction: &'a [f64], steps: &'a [f64] },
    /// As many Hessian-vector products as it takes.
    LambdaMax,
}

impl<'a> From<host::Question<'a>> for Asked<'a> {
    fn from(question: host::Question<'a>) -> Self {
        Asked::Once(match question {
            host::Question::Loss => Question::Loss,
            host::Question::Gradient => Question::Pass(Pass::Gradient),
            host::Question::MinibatchGradient { batch, noise } => Question::MinibatchGradient { batch, noise },
            host::Question::PerturbedGradient(noise) => Question::Pass(Pass::PerturbedGradient(noise)),
            host::Question::HessianVector(v) => Question::Pass(Pass::HessianVector(v)),
            host::Question::Trace => Question::Trace,
            host::Question::TraceGradient => Question::TraceGradient,
            host::Question::Residuals => Question::Residuals,
            host::Question::JacobianVector(v) => Question::JacobianVector(v),
            host::Question::JacobianTransposeVector(u) => Question::JacobianTransposeVector(u),
            host::Question::GaussNewtonVector(v) => Question::GaussNewtonVector(v),
            host::Question::TraceByBlock => Question::TraceByBlock,
            host::Question::WeightedTraceGradient(weights) => Question::WeightedTraceGradient(weights),
            host::Question::MinibatchLoss(batch) => Question::MinibatchLoss(batch),
            host::Question::MinibatchHessianVector { batch, v } => Question::MinibatchHessianVector { batch, v },
            host::Question::MinibatchResiduals(batch) => Question::MinibatchResiduals(batch),
            host::Question::CurvatureGradient(v) => Question::CurvatureGradient(v),
            host::Question::RelativeFlatness => Question::RelativeFlatness,
            host::Question::RelativeFlatnessGradient => Question::RelativeFlatnessGradient,
            host::Question::LossesAlong { direction, steps } => return Asked::LossesAlong { direction, steps },
            host::Question::LambdaMax => return Asked::LambdaMax,
        })
    }
}

impl HostOracle for MeteredOracle<'_> {
    fn answer(&mut self, w: &[f64], question: host::Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        match Asked::from(question) {
            Asked::Once(question) => self.once(w, question, out),
            Asked::LossesAlong { direction, steps } => self.losses_along(w, direction, steps, out),
            Asked::LambdaMax => self.lambda_max(w, out),
        }
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
