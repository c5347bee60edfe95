use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;

use abi_stable::prefix_type::WithMetadata;
use abi_stable::staticref;
use abi_stable::std_types::{ROption, RSlice, RSliceMut};

use super::{HostOracle, OracleError};
use crate::interface::error::{Fallible, InterfaceError};
use crate::interface::oracle::{OracleHandle, OracleTable, OracleTableRef};

/// What a plugin's oracle handle points to: the harness's oracle while a call into the plugin is under way.
///
/// It lives as long as its optimizer, so a plugin that keeps the handle past a call meets an error and no dangling pointer.
pub(super) struct Bridge {
    oracle: Cell<Option<NonNull<dyn HostOracle>>>,
    dimension: usize,
    /// A panic of the harness's oracle on its way through the plugin.
    panic: Cell<Option<Box<dyn Any + Send>>>,
}

impl Bridge {
    pub(super) fn new(dimension: usize) -> Self {
        Bridge { oracle: Cell::new(None), dimension, panic: Cell::new(None) }
    }

    /// Runs `call` with a handle that leads to `oracle`.
    pub(super) fn with<T>(&self, oracle: &mut dyn HostOracle, call: impl FnOnce(OracleHandle) -> T) -> T {
        // SAFETY: only the lifetime changes. The pointer is removed below, before the borrow ends; nothing in between
        // unwinds, since both the plugin's side and ours catch.
        let oracle: NonNull<dyn HostOracle> = unsafe { std::mem::transmute(NonNull::from(oracle)) };
        self.oracle.set(Some(oracle));
        let state = std::ptr::from_ref(self).cast_mut().cast();
        let result = call(OracleHandle { state, table: OracleTableRef(Self::TABLE.as_prefix()) });
        self.oracle.set(None);
        if let Some(payload) = self.panic.take() {
            resume_unwind(payload);
        }
        result
    }

    staticref! {
        const TABLE: WithMetadata<OracleTable> = WithMetadata::new(OracleTable {
            loss, gradient, minibatch_gradient, perturbed_gradient, hessian_vector, hessian_trace,
            hessian_trace_gradient, progress, remaining, measurements,
        });
    }

    /// Answers one question, unless it is asked at the wrong time; keeps a panic for the end of the call.
    fn answer<T>(
        &self,
        question: impl FnOnce(&mut dyn HostOracle) -> Result<T, InterfaceError>,
    ) -> Result<T, InterfaceError> {
        let Some(mut oracle) = self.oracle.get() else {
            return Err(InterfaceError::other("the oracle was called outside of a step"));
        };
        // SAFETY: `with` holds the exclusive borrow that this pointer came from, and questions do not overlap.
        let oracle = unsafe { oracle.as_mut() };
        catch_unwind(AssertUnwindSafe(|| question(oracle))).unwrap_or_else(|payload| {
            self.panic.set(Some(payload));
            Err(InterfaceError::other("the oracle failed"))
        })
    }

    fn check_length(&self, what: &str, length: usize) -> Result<(), InterfaceError> {
        check(what, length, self.dimension)
    }
}

fn check(what: &str, length: usize, expected: usize) -> Result<(), InterfaceError> {
    if length == expected {
        return Ok(());
    }
    Err(InterfaceError::other(format!("{what} has {length} entries instead of {expected}")))
}

/// The bridge behind a handle's state.
///
/// # Safety
/// `state` comes from [`Bridge::with`] of an optimizer that still exists.
unsafe fn bridge<'a>(state: *mut ()) -> &'a Bridge {
    // SAFETY: by the contract above; all access is shared.
    unsafe { &*state.cast::<Bridge>() }
}

/// Answers a question that takes w and gives a number.
///
/// # Safety
/// As for [`bridge`].
unsafe fn number(
    state: *mut (),
    w: RSlice<'_, f64>,
    question: impl FnOnce(&mut dyn HostOracle, &[f64]) -> Result<f64, OracleError>,
) -> Fallible<f64> {
    // SAFETY: handed on.
    let bridge = unsafe { bridge(state) };
    let answer = || {
        bridge.check_length("w", w.len())?;
        bridge.answer(|oracle| Ok(question(oracle, w.as_slice())?))
    };
    answer().into()
}

/// Answers a question that takes w and fills a vector.
///
/// # Safety
/// As for [`bridge`].
unsafe fn vector(
    state: *mut (),
    w: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
    question: impl FnOnce(&mut dyn HostOracle, &[f64], &mut [f64]) -> Result<(), InterfaceError>,
) -> Fallible<()> {
    // SAFETY: handed on.
    let bridge = unsafe { bridge(state) };
    let out = out.into_mut_slice();
    let answer = || {
        bridge.check_length("w", w.len())?;
        bridge.check_length("the output", out.len())?;
        bridge.answer(|oracle| question(oracle, w.as_slice(), out))
    };
    answer().into()
}

unsafe extern "C" fn loss(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64> {
    // SAFETY: plugins pass the state of the handle they were given, which outlives them.
    unsafe { number(state, w, |oracle, w| oracle.loss(w)) }
}

unsafe extern "C" fn hessian_trace(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64> {
    // SAFETY: as in `loss`.
    unsafe { number(state, w, |oracle, w| oracle.hessian_trace(w)) }
}

unsafe extern "C" fn gradient(state: *mut (), w: RSlice<'_, f64>, out: RSliceMut<'_, f64>) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, out, |oracle, w, out| Ok(oracle.gradient(w, out).map(|_loss| ())?)) }
}

unsafe extern "C" fn hessian_trace_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, out, |oracle, w, out| Ok(oracle.hessian_trace_gradient(w, out)?)) }
}

unsafe extern "C" fn minibatch_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    batch: RSlice<'_, usize>,
    noise: ROption<RSlice<'_, f64>>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    let question = |oracle: &mut dyn HostOracle, w: &[f64], out: &mut [f64]| {
        let (batch, noise) = (batch.as_slice(), noise.into_option().map(|noise| noise.as_slice()));
        let measurements = oracle.measurements();
        if batch.is_empty() {
            return Err(InterfaceError::other("the batch is empty"));
        }
        if let Some(index) = batch.iter().find(|&&index| index >= measurements) {
            let message = format!("batch index {index} is out of range (there are {measurements} measurements)");
            return Err(InterfaceError::other(message));
        }
        if let Some(noise) = noise {
            check("the noise", noise.len(), batch.len())?;
        }
        Ok(oracle.minibatch_gradient(w, batch, noise, out)?)
    };
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, out, question) }
}

unsafe extern "C" fn perturbed_gradient(
    state: *mut (),
    w: RSlice<'_, f64>,
    noise: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    let question = |oracle: &mut dyn HostOracle, w: &[f64], out: &mut [f64]| {
        check("the noise", noise.len(), oracle.measurements())?;
        Ok(oracle.perturbed_gradient(w, noise.as_slice(), out)?)
    };
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, out, question) }
}

unsafe extern "C" fn hessian_vector(
    state: *mut (),
    w: RSlice<'_, f64>,
    v: RSlice<'_, f64>,
    out: RSliceMut<'_, f64>,
) -> Fallible<()> {
    let question = |oracle: &mut dyn HostOracle, w: &[f64], out: &mut [f64]| {
        check("v", v.len(), w.len())?;
        Ok(oracle.hessian_vector(w, v.as_slice(), out)?)
    };
    // SAFETY: as in `loss`.
    unsafe { vector(state, w, out, question) }
}

unsafe extern "C" fn progress(state: *mut ()) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.answer(|oracle| Ok(oracle.progress())).unwrap_or(1.0)
}

unsafe extern "C" fn remaining(state: *mut ()) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.answer(|oracle| Ok(oracle.remaining())).unwrap_or(0.0)
}

unsafe extern "C" fn measurements(state: *mut ()) -> usize {
    // SAFETY: as in `loss`.
    unsafe { bridge(state) }.answer(|oracle| Ok(oracle.measurements())).unwrap_or(0)
}
