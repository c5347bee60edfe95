use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use abi_stable::prefix_type::WithMetadata;
use abi_stable::staticref;
use abi_stable::std_types::{ROption, RSlice, RSliceMut};

use super::{HostOracle, Question, control};
use crate::interface::error::{Fallible, InterfaceError};
use crate::interface::oracle::{OracleHandle, OracleTable, OracleTableRef};
use crate::interface::question::Sent;
use crate::question::Sizes;

/// What a plugin's oracle handle points to: the harness's oracle while a call into the plugin is under way.
///
/// It lives as long as its optimizer, so a plugin that keeps the handle past a call meets an error and no dangling pointer.
pub(super) struct Bridge {
    oracle: Cell<Option<NonNull<dyn HostOracle>>>,
    dimension: usize,
    blocks: usize,
    /// A panic of the harness's oracle on its way through the plugin.
    panic: Cell<Option<Box<dyn Any + Send>>>,
}

impl Bridge {
    /// For parameters of so many entries in so many factors.
    pub(super) fn new(dimension: usize, blocks: usize) -> Self {
        Bridge { oracle: Cell::new(None), dimension, blocks, panic: Cell::new(None) }
    }

    /// Runs `call` with a handle that leads to `oracle`.
    pub(super) fn with<T>(&self, oracle: &mut dyn HostOracle, call: impl FnOnce(OracleHandle) -> T) -> T {
        // SAFETY: only the lifetime changes. The pointer is removed below, before the borrow ends; nothing in between
        // unwinds, since both the plugin's side and ours catch.
        let oracle: NonNull<dyn HostOracle> = unsafe { std::mem::transmute(NonNull::from(oracle)) };
        self.oracle.set(Some(oracle));
        let state = std::ptr::from_ref(self).cast_mut().cast();
        let handle = OracleHandle { state, table: OracleTableRef(Self::TABLE.as_prefix()) };
        let result = control::lend(|| call(handle));
        self.oracle.set(None);
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        result
    }

    staticref! {
        const TABLE: WithMetadata<OracleTable> = WithMetadata::new(OracleTable {
            loss, gradient, minibatch_gradient, perturbed_gradient, hessian_vector, hessian_trace,
            hessian_trace_gradient, progress, remaining, measurements, answer,
        });
    }

    /// Passes on a question, unless it does not fit the problem; `out` is empty where the answer is a number. What the plugin
    /// did to the floating-point unit does not reach the answer.
    fn ask(&self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, InterfaceError> {
        control::reclaim(|| self.pass_on(w, question, out))
    }

    fn pass_on(&self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, InterfaceError> {
        check("w", w.len(), self.dimension)?;
        self.reach(|oracle| {
            let measurements = oracle.measurements();
            match question {
                Question::MinibatchGradient { batch, noise } => check_batch(batch, noise, measurements)?,
                Question::PerturbedGradient(noise) => check("the noise", noise.len(), measurements)?,
                Question::HessianVector(v) | Question::JacobianVector(v) => check("v", v.len(), w.len())?,
                Question::GaussNewtonVector(v) | Question::CurvatureGradient(v) => check("v", v.len(), w.len())?,
                Question::MinibatchLoss(batch) | Question::MinibatchResiduals(batch) => {
                    check_batch(batch, None, measurements)?;
                }
                Question::MinibatchHessianVector { batch, v } => {
                    check_batch(batch, None, measurements)?;
                    check("v", v.len(), w.len())?;
                }
                Question::WeightedTraceGradient(weights) => {
                    check("the list of weights, one for each factor,", weights.len(), self.blocks)?;
                }
                Question::JacobianTransposeVector(u) => check("u", u.len(), measurements)?,
                Question::LossesAlong { direction, .. } => check("the direction", direction.len(), w.len())?,
                Question::Loss | Question::Gradient | Question::Trace | Question::TraceGradient => (),
                Question::Residuals | Question::TraceByBlock | Question::LambdaMax => (),
                Question::RelativeFlatness | Question::RelativeFlatnessGradient => (),
            }
            let sizes = Sizes { dimension: self.dimension, blocks: self.blocks, measurements };
            check("the output", out.len(), question.answer_length(sizes))?;
            Ok(oracle.answer(w, question, out)?)
        })
    }

    /// Lends the harness's oracle, unless it is asked for at the wrong time; keeps a panic for the end of the call.
    fn reach<T>(
        &self,
        look: impl FnOnce(&mut dyn HostOracle) -> Result<T, InterfaceError>,
    ) -> Result<T, InterfaceError> {
        let Some(mut oracle) = self.oracle.get() else {
            return Err(InterfaceError::other("the oracle was called outside of a step"));
        };
        // SAFETY: `with` holds the exclusive borrow that this pointer came from, and questions do not overlap.
        let oracle = unsafe { oracle.as_mut() };
        catch_unwind(AssertUnwindSafe(|| look(oracle))).unwrap_or_else(|payload| {
            self.panic.set(Some(payload));
            Err(InterfaceError::other("the oracle failed"))
        })
    }
}

fn check(what: &str, length: usize, expected: usize) -> Result<(), InterfaceError> {
    if length == expected {
        return Ok(());
    }
    let remedy = if length == 0 { " (is it state that `initialize` did not size?)" } else { "" };
    Err(InterfaceError::other(format!("{what} has {length} entries instead of {expected}{remedy}")))
}

fn check_batch(batch: &[usize], noise: Option<&[f64]>, measurements: usize) -> Result<(), InterfaceError> {
    if batch.is_empty() {
        return Err(InterfaceError::other("the batch is empty"));
    }
    if let Some(index) = batch.iter().find(|&&index| index >= measurements) {
        let message = format!("batch index {index} is out of range (there are {measurements} measurements)");
        return Err(InterfaceError::other(message));
    }
    noise.map_or(Ok(()), |noise| check("the noise", noise.len(), batch.len()))
}

/// The bridge behind a handle's state.
///
/// # Safety
/// `state` comes from [`Bridge::with`] of an optimizer that still exists.
unsafe fn bridge<'a>(state: *mut ()) -> &'a Bridge {
    // SAFETY: by the contract above; all access is shared.
    unsafe { &*state.cast::<Bridge>() }
}

/// Answers a question with a number.
///
/// # Safety
/// As for [`bridge`].
unsafe fn number(state: *mut (), w: RSlice<'_, f64>, question: Question<'_>) -> Fallible<f64> {
    // SAFETY: handed on.
    unsafe { bridge(state) }.ask(w.as_slice(), question, &mut []).into()
}

/// Answers a question with a vector.
///
/// # Safety
/// As for [`bridge`].
unsafe fn vector(state: *mut (), w: RSlice<'_, f64>, question: Question<'_>, out: RSliceMut<'_, f64>) -> Fallible<()> {
    // SAFETY: handed on.
    unsafe { bridge(state) }.ask(w.as_slice(), question, out.into_mut_slice()).map(|_| ()).into()
}

unsafe extern "C" fn loss(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64> {
    // SAFETY: plugins pass the state of the handle they were given, which outlives them.
    unsafe { number(state, w, Question::Loss) }
}

unsafe extern "C" fn hessian_trace(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64> {
    // SAFETY: as in `loss`.
    unsafe { number(state, w, Question::Trace) }
}

unsafe extern "C" fn gradient(state: *mut (), w: RSlice<'_, f64>, out: RSliceMut<'_, f64>) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, Question::Gradient, out) }
}

unsafe extern "C" fn hessian_trace_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, Question::TraceGradient, out) }
}

unsafe extern "C" fn minibatch_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    batch: RSlice<'_, usize>,
    noise: ROption<RSlice<'_, f64>>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    let noise = noise.into_option().map(|noise| noise.as_slice());
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, Question::MinibatchGradient { batch: batch.as_slice(), noise }, out) }
}

unsafe extern "C" fn perturbed_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    noise: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, Question::PerturbedGradient(noise.as_slice()), out) }
}

unsafe extern "C" fn hessian_vector(
    state: *mut (),
    w: RSlice<'_, f64>,
    v: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, Question::HessianVector(v.as_slice()), out) }
}

unsafe extern "C" fn answer(
    state: *mut (),
    question: u32,
    w: RSlice<'_, f64>,
    direction: RSlice<'_, f64>,
    numbers: RSlice<'_, f64>,
    batch: RSlice<'_, usize>,
    out: RSliceMut<'_, f64>,
) -> Fallible<f64> {
    let (direction, numbers, batch) = (direction.as_slice(), numbers.as_slice(), batch.as_slice());
    let sent = Sent { question, direction, numbers, batch };
    // SAFETY: as in `loss`.
    let bridge = unsafe { bridge(state) };
    sent.question().and_then(|question| bridge.ask(w.as_slice(), question, out.into_mut_slice())).into()
}

unsafe extern "C" fn progress(state: *mut ()) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.reach(|oracle| Ok(oracle.progress())).unwrap_or(1.0)
}

unsafe extern "C" fn remaining(state: *mut ()) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.reach(|oracle| Ok(oracle.remaining())).unwrap_or(0.0)
}

unsafe extern "C" fn measurements(state: *mut ()) -> usize {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.reach(|oracle| Ok(oracle.measurements())).unwrap_or(0)
}
