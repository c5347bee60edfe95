//! How a question crosses: a number for what is asked, and the lists that it comes with.

use abi_stable::std_types::{RResult, RSlice, RSliceMut};

use super::error::{Fallible, InterfaceError, kind};
use super::oracle::OracleHandle;
use crate::question::Question;

/// Numbers that stand for questions. A host that does not know one refuses it.
pub(crate) mod number {
    pub(crate) const LOSS: u32 = 0;
    pub(crate) const GRADIENT: u32 = 1;
    pub(crate) const MINIBATCH_GRADIENT: u32 = 2;
    pub(crate) const PERTURBED_GRADIENT: u32 = 3;
    pub(crate) const HESSIAN_VECTOR: u32 = 4;
    pub(crate) const TRACE: u32 = 5;
    pub(crate) const TRACE_GRADIENT: u32 = 6;
    pub(crate) const LOSSES_ALONG: u32 = 7;
    pub(crate) const RESIDUALS: u32 = 8;
    pub(crate) const JACOBIAN_VECTOR: u32 = 9;
    pub(crate) const JACOBIAN_TRANSPOSE_VECTOR: u32 = 10;
    pub(crate) const GAUSS_NEWTON_VECTOR: u32 = 11;
    pub(crate) const TRACE_BY_BLOCK: u32 = 12;
    pub(crate) const LAMBDA_MAX: u32 = 13;
    pub(crate) const WEIGHTED_TRACE_GRADIENT: u32 = 14;
    pub(crate) const MINIBATCH_LOSS: u32 = 15;
    pub(crate) const MINIBATCH_HESSIAN_VECTOR: u32 = 16;
    pub(crate) const MINIBATCH_RESIDUALS: u32 = 17;
    pub(crate) const CURVATURE_GRADIENT: u32 = 18;
    pub(crate) const RELATIVE_FLATNESS: u32 = 19;
    pub(crate) const RELATIVE_FLATNESS_GRADIENT: u32 = 20;
}

/// A question as it crosses. Lists that it has no use for are empty.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent<'a> {
    /// One of [`number`].
    pub(crate) question: u32,
    /// A direction v.
    pub(crate) direction: &'a [f64],
    /// Noise, steps, weights or u.
    pub(crate) numbers: &'a [f64],
    /// Indices of measurements.
    pub(crate) batch: &'a [usize],
}

impl<'a> From<Question<'a>> for Sent<'a> {
    fn from(question: Question<'a>) -> Self {
        let plain = |question| Sent { question, ..Sent::default() };
        let along = |question, direction| Sent { direction, ..plain(question) };
        let over = |question, batch| Sent { batch, ..plain(question) };
        let with = |question, numbers| Sent { numbers, ..plain(question) };
        match question {
            Question::Loss => plain(number::LOSS),
            Question::Gradient => plain(number::GRADIENT),
            Question::MinibatchGradient { batch, noise } => {
                Sent { batch, ..with(number::MINIBATCH_GRADIENT, noise.unwrap_or(&[])) }
            }
            Question::PerturbedGradient(noise) => with(number::PERTURBED_GRADIENT, noise),
            Question::HessianVector(v) => along(number::HESSIAN_VECTOR, v),
            Question::Trace => plain(number::TRACE),
            Question::TraceGradient => plain(number::TRACE_GRADIENT),
            Question::LossesAlong { direction, steps } => Sent { direction, ..with(number::LOSSES_ALONG, steps) },
            Question::Residuals => plain(number::RESIDUALS),
            Question::JacobianVector(v) => along(number::JACOBIAN_VECTOR, v),
            Question::JacobianTransposeVector(u) => with(number::JACOBIAN_TRANSPOSE_VECTOR, u),
            Question::GaussNewtonVector(v) => along(number::GAUSS_NEWTON_VECTOR, v),
            Question::TraceByBlock => plain(number::TRACE_BY_BLOCK),
            Question::LambdaMax => plain(number::LAMBDA_MAX),
            Question::WeightedTraceGradient(weights) => with(number::WEIGHTED_TRACE_GRADIENT, weights),
            Question::MinibatchLoss(batch) => over(number::MINIBATCH_LOSS, batch),
            Question::MinibatchHessianVector { batch, v } => {
                Sent { batch, ..along(number::MINIBATCH_HESSIAN_VECTOR, v) }
            }
            Question::MinibatchResiduals(batch) => over(number::MINIBATCH_RESIDUALS, batch),
            Question::CurvatureGradient(v) => along(number::CURVATURE_GRADIENT, v),
            Question::RelativeFlatness => plain(number::RELATIVE_FLATNESS),
            Question::RelativeFlatnessGradient => plain(number::RELATIVE_FLATNESS_GRADIENT),
        }
    }
}

impl<'a> Sent<'a> {
    /// The question, if this side knows it.
    pub(crate) fn question(self) -> Result<Question<'a>, InterfaceError> {
        let Sent { question, direction, numbers, batch } = self;
        Ok(match question {
            number::LOSS => Question::Loss,
            number::GRADIENT => Question::Gradient,
            number::MINIBATCH_GRADIENT => {
                Question::MinibatchGradient { batch, noise: Some(numbers).filter(|noise| !noise.is_empty()) }
            }
            number::PERTURBED_GRADIENT => Question::PerturbedGradient(numbers),
            number::HESSIAN_VECTOR => Question::HessianVector(direction),
            number::TRACE => Question::Trace,
            number::TRACE_GRADIENT => Question::TraceGradient,
            number::LOSSES_ALONG => Question::LossesAlong { direction, steps: numbers },
            number::RESIDUALS => Question::Residuals,
            number::JACOBIAN_VECTOR => Question::JacobianVector(direction),
            number::JACOBIAN_TRANSPOSE_VECTOR => Question::JacobianTransposeVector(numbers),
            number::GAUSS_NEWTON_VECTOR => Question::GaussNewtonVector(direction),
            number::TRACE_BY_BLOCK => Question::TraceByBlock,
            number::LAMBDA_MAX => Question::LambdaMax,
            number::WEIGHTED_TRACE_GRADIENT => Question::WeightedTraceGradient(numbers),
            number::MINIBATCH_LOSS => Question::MinibatchLoss(batch),
            number::MINIBATCH_HESSIAN_VECTOR => Question::MinibatchHessianVector { batch, v: direction },
            number::MINIBATCH_RESIDUALS => Question::MinibatchResiduals(batch),
            number::CURVATURE_GRADIENT => Question::CurvatureGradient(direction),
            number::RELATIVE_FLATNESS => Question::RelativeFlatness,
            number::RELATIVE_FLATNESS_GRADIENT => Question::RelativeFlatnessGradient,
            unknown => {
                let message =
                    format!("the plugin asks question {unknown}, which this flatbench does not know (use a newer one)");
                return Err(InterfaceError { kind: kind::NOT_SUPPORTED, message: message.into() });
            }
        })
    }
}

/// Asks the host a question about w; a vector overwrites `out`, and the number that is the answer or comes with it is returned.
///
/// # Safety
/// The handle is that of a call under way.
pub(crate) unsafe fn ask(handle: OracleHandle, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Fallible<f64> {
    let Some(answer) = handle.table.answer() else {
        let message = "this flatbench is older than the question (it has no interface 1.2: use a newer one)".into();
        return RResult::RErr(InterfaceError { kind: kind::NOT_SUPPORTED, message });
    };
    let Sent { question, direction, numbers, batch } = question.into();
    let (w, direction) = (RSlice::from_slice(w), RSlice::from_slice(direction));
    let (numbers, batch) = (RSlice::from_slice(numbers), RSlice::from_slice(batch));
    // SAFETY: the handle's function takes the handle's state; the slices are borrowed for the call.
    unsafe { answer(handle.state, question, w, direction, numbers, batch, RSliceMut::from_mut_slice(out)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_cross_unchanged() {
        let (v, numbers, batch) = ([1.0, 2.0], [3.0, 4.0, 5.0], [6, 7, 8]);
        let questions = [
            Question::Loss,
            Question::Gradient,
            Question::MinibatchGradient { batch: &batch, noise: None },
            Question::MinibatchGradient { batch: &batch, noise: Some(&numbers) },
            Question::PerturbedGradient(&numbers),
            Question::HessianVector(&v),
            Question::Trace,
            Question::TraceGradient,
            Question::LossesAlong { direction: &v, steps: &numbers },
            Question::Residuals,
            Question::JacobianVector(&v),
            Question::JacobianTransposeVector(&numbers),
            Question::GaussNewtonVector(&v),
            Question::TraceByBlock,
            Question::LambdaMax,
            Question::WeightedTraceGradient(&numbers),
            Question::MinibatchLoss(&batch),
            Question::MinibatchHessianVector { batch: &batch, v: &v },
            Question::MinibatchResiduals(&batch),
            Question::CurvatureGradient(&v),
            Question::RelativeFlatness,
            Question::RelativeFlatnessGradient,
        ];
        for question in questions {
            assert_eq!(Sent::from(question).question().expect("it is known"), question);
        }
        // One number for each question, without gaps, and none beyond.
        let last = questions.map(|question| Sent::from(question).question).into_iter().max().expect("there are some");
        assert_eq!(last as usize + 2, questions.len());
        for question in 0..=last {
            assert_eq!(Sent::from(Sent { question, ..Sent::default() }.question().expect("known")).question, question);
        }
        let error = Sent { question: last + 1, ..Sent::default() }.question().expect_err("unknown");
        assert_eq!(error.kind, kind::NOT_SUPPORTED);
    }
}
