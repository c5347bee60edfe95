use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RSlice, RSliceMut};

use super::error::Fallible;

/// The host's answers to an optimizer. `state` is the one of the [`OracleHandle`] that the table came with.
///
/// w, v and `out` have the problem's dimension, unless the answer to a question is of another length; the host checks every length
/// and index and refuses with an error. A call that succeeds overwrites all of `out`; one that fails leaves it unspecified.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = OracleTableRef, prefix_fields = OracleTableFields)))]
pub struct OracleTable {
    /// f(w).
    pub loss: unsafe extern "C" fn(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64>,
    /// ∇f(w).
    pub gradient: unsafe extern "C" fn(state: *mut (), w: RSlice<'_, f64>, out: RSliceMut<'_, f64>) -> Fallible<()>,
    /// Gradient of the mean over a batch of measurements, repeats allowed; with noise, one number per entry of the batch is
    /// added to its target.
    pub minibatch_gradient: unsafe extern "C" fn(
        state: *mut (),
        w: RSlice<'_, f64>,
        batch: RSlice<'_, usize>,
        noise: ROption<RSlice<'_, f64>>,
        out: RSliceMut<'_, f64>,
    ) -> Fallible<()>,
    /// Full gradient with noise, one number per measurement, added to the targets.
    pub perturbed_gradient: unsafe extern "C" fn(
        state: *mut (),
        w: RSlice<'_, f64>,
        noise: RSlice<'_, f64>,
        out: RSliceMut<'_, f64>,
    ) -> Fallible<()>,
    /// ∇²f(w)·v.
    pub hessian_vector: unsafe extern "C" fn(
        state: *mut (),
        w: RSlice<'_, f64>,
        v: RSlice<'_, f64>,
        out: RSliceMut<'_, f64>,
    ) -> Fallible<()>,
    /// tr ∇²f(w).
    pub hessian_trace: unsafe extern "C" fn(state: *mut (), w: RSlice<'_, f64>) -> Fallible<f64>,
    /// ∇ tr ∇²f(w).
    pub hessian_trace_gradient:
        unsafe extern "C" fn(state: *mut (), w: RSlice<'_, f64>, out: RSliceMut<'_, f64>) -> Fallible<()>,
    /// Spent fraction of the budget.
    pub progress: unsafe extern "C" fn(state: *mut ()) -> f64,
    /// Budget left, in full-gradient equivalents.
    pub remaining: unsafe extern "C" fn(state: *mut ()) -> f64,
    /// Number of measurements m.
    #[sabi(last_prefix_field)]
    pub measurements: unsafe extern "C" fn(state: *mut ()) -> usize,
    /// Answers any question by its [number](super::question::number), with a direction v, a list of numbers and a batch where it has
    /// them. A vector overwrites `out`; a number, which is the answer or comes with it, is returned. Since 1.2.
    pub answer: unsafe extern "C" fn(
        state: *mut (),
        question: u32,
        w: RSlice<'_, f64>,
        direction: RSlice<'_, f64>,
        numbers: RSlice<'_, f64>,
        batch: RSlice<'_, usize>,
        out: RSliceMut<'_, f64>,
    ) -> Fallible<f64>,
}

/// An oracle: valid during the call it is handed to.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct OracleHandle {
    /// The host's own.
    pub state: *mut (),
    /// Its functions.
    pub table: OracleTableRef,
}
