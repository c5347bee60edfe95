use std::ffi::{CString, c_char, c_void};
use std::ptr::NonNull;
use std::slice;

use abi_stable::std_types::{ROption, RResult, RSlice, RSliceMut};

use super::questions;
use super::reading::{schedule, text};
use crate::c_interface::{
    FLATBENCH_BUDGET, FLATBENCH_ERROR, FLATBENCH_NOT_SUPPORTED, FLATBENCH_OK, FlatbenchBlock, FlatbenchOracle,
    FlatbenchSchedule,
};
use crate::interface::error::{Fallible, InterfaceError, kind};
use crate::interface::oracle::OracleHandle;
use crate::pool::Shared;
use crate::{Block, Oracle};

/// Numbers that an address space can hold in a row.
pub(super) const MAX_LENGTH: usize = isize::MAX as usize / size_of::<f64>();

/// What a C plugin's oracle leads to: its random stream and batches, the host's answers while a call is under way, and the last
/// reason for a failure. It lives as long as its optimizer, so an oracle kept past a call meets an error and no dangling pointer.
pub(super) struct Context {
    oracle: Oracle,
    handle: Option<OracleHandle>,
    face: FlatbenchOracle,
    message: Option<String>,
    /// What `face` points to.
    _blocks: (Vec<CString>, Vec<FlatbenchBlock>),
}

impl Context {
    pub(super) fn new(blocks: &[Block], data: (Vec<CString>, Vec<FlatbenchBlock>), seed: u64) -> NonNull<Self> {
        let shared = Shared::new(blocks.to_vec());
        let face = FlatbenchOracle {
            size: size_of::<FlatbenchOracle>(),
            state: std::ptr::null_mut(),
            dimension: shared.layout.dimension(),
            block_count: data.1.len(),
            blocks: data.1.as_ptr(),
            loss,
            gradient,
            minibatch_gradient,
            gradient_with_noise,
            hessian_vector,
            hessian_trace,
            hessian_trace_gradient,
            measurements,
            progress,
            remaining,
            schedule_value,
            uniform,
            index,
            fill_normal,
            sample_batch,
            fail,
            loss_and_gradient: questions::loss_and_gradient,
            losses_along: questions::losses_along,
            minibatch_loss: questions::minibatch_loss,
            minibatch_hessian_vector: questions::minibatch_hessian_vector,
            residuals: questions::residuals,
            minibatch_residuals: questions::minibatch_residuals,
            jacobian_vector: questions::jacobian_vector,
            jacobian_transpose_vector: questions::jacobian_transpose_vector,
            gauss_newton_vector: questions::gauss_newton_vector,
            hessian_trace_by_block: questions::hessian_trace_by_block,
            weighted_hessian_trace_gradient: questions::weighted_hessian_trace_gradient,
            lambda_max: questions::lambda_max,
            curvature_gradient: questions::curvature_gradient,
            relative_flatness: questions::relative_flatness,
            relative_flatness_gradient: questions::relative_flatness_gradient,
        };
        let oracle = Oracle::new(shared, seed);
        let context = Box::into_raw(Box::new(Context { oracle, handle: None, face, message: None, _blocks: data }));
        // SAFETY: just made, and not null.
        unsafe {
            (*context).face.state = context.cast();
            NonNull::new_unchecked(context)
        }
    }

    /// Runs `call` with an oracle that leads to the host's.
    ///
    /// # Safety
    /// The context exists, and no other call on it is under way.
    pub(super) unsafe fn during<T>(
        context: NonNull<Self>,
        handle: OracleHandle,
        call: impl FnOnce(*const FlatbenchOracle) -> T,
    ) -> T {
        let context = context.as_ptr();
        // SAFETY: by the contract above. No reference is held while the plugin runs, since its questions make their own.
        unsafe {
            (*context).handle = Some(handle);
            (*context).message = None;
            (*context).oracle.connect(handle);
            let result = call(&raw const (*context).face);
            (*context).handle = None;
            (*context).oracle.disconnect();
            result
        }
    }

    pub(super) fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }

    pub(super) fn dimension(&self) -> usize {
        self.face.dimension
    }

    pub(super) fn block_count(&self) -> usize {
        self.face.block_count
    }

    pub(super) fn measurements(&self) -> usize {
        self.oracle.measurements()
    }

    /// Keeps the reason of a refusal and turns it into a code.
    pub(super) fn code<T>(&mut self, answer: Result<T, InterfaceError>) -> Result<T, i32> {
        answer.map_err(|error| {
            self.message = Some(error.message.into());
            match error.kind {
                kind::NOT_SUPPORTED => FLATBENCH_NOT_SUPPORTED,
                kind::BUDGET => FLATBENCH_BUDGET,
                _ => FLATBENCH_ERROR,
            }
        })
    }

    /// Asks a question that writes a number.
    ///
    /// # Safety
    /// `w` has the problem's dimension and `out` room for a number, or they are null.
    unsafe fn number(
        &mut self,
        w: *const f64,
        out: *mut f64,
        question: impl FnOnce(OracleHandle, RSlice<'_, f64>) -> Fallible<f64>,
    ) -> i32 {
        let answer = self.connected(&[w, out]).and_then(|handle| {
            // SAFETY: by the contract above, and they are not null.
            let w = unsafe { slice::from_raw_parts(w, self.dimension()) };
            question(handle, RSlice::from_slice(w)).into_result()
        });
        match self.code(answer) {
            Ok(number) => {
                // SAFETY: as above.
                unsafe { out.write(number) };
                FLATBENCH_OK
            }
            Err(code) => code,
        }
    }

    /// Asks a question that fills a vector, after reading `inputs`, each a pointer and a length.
    ///
    /// # Safety
    /// The inputs have their lengths and `out` has the problem's dimension, or they are null.
    unsafe fn vector<const N: usize>(
        &mut self,
        inputs: [(*const f64, usize); N],
        out: *mut f64,
        question: impl FnOnce(OracleHandle, [RSlice<'_, f64>; N], RSliceMut<'_, f64>) -> Fallible<()>,
    ) -> i32 {
        let dimension = self.dimension();
        let answer = self.connected(&[out]).and_then(|handle| {
            if inputs.iter().any(|(input, _)| input.is_null() || !input.is_aligned()) {
                return Err(InterfaceError::other("the oracle was given a null pointer"));
            }
            let end = out.wrapping_add(dimension).cast_const();
            if inputs.iter().any(|&(input, n)| input < end && out.cast_const() < input.wrapping_add(n)) {
                return Err(InterfaceError::other(
                    "the output of an oracle call overlaps an input (use another vector)",
                ));
            }
            // SAFETY: by the contract above; none is null, and the output overlaps nothing.
            let inputs = inputs.map(|(input, n)| RSlice::from_slice(unsafe { slice::from_raw_parts(input, n) }));
            // SAFETY: as for the inputs.
            let out = unsafe { slice::from_raw_parts_mut(out, dimension) };
            question(handle, inputs, RSliceMut::from_mut_slice(out)).into_result()
        });
        self.code(answer).err().unwrap_or(FLATBENCH_OK)
    }

    pub(super) fn connected(&self, pointers: &[*const f64]) -> Result<OracleHandle, InterfaceError> {
        if pointers.iter().any(|pointer| pointer.is_null() || !pointer.is_aligned()) {
            return Err(InterfaceError::other("the oracle was given a null pointer"));
        }
        self.handle.ok_or_else(|| InterfaceError::other("the oracle answers only during a step"))
    }
}

/// The context behind an oracle's state.
///
/// # Safety
/// `state` is that of an oracle whose optimizer exists, and no other question is being answered.
pub(super) unsafe fn context<'a>(state: *mut c_void) -> &'a mut Context {
    // SAFETY: by the contract above.
    unsafe { &mut *state.cast::<Context>() }
}

unsafe extern "C" fn loss(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: the plugin passes the state of the oracle it was given, and vectors as the interface says; also below.
    unsafe { context(state).number(w, out, |oracle, w| oracle.table.loss()(oracle.state, w)) }
}

unsafe extern "C" fn hessian_trace(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss`.
    unsafe { context(state).number(w, out, |oracle, w| oracle.table.hessian_trace()(oracle.state, w)) }
}

unsafe extern "C" fn gradient(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss`.
    unsafe {
        let context = context(state);
        let inputs = [(w, context.dimension())];
        context.vector(inputs, out, |oracle, [w], out| oracle.table.gradient()(oracle.state, w, out))
    }
}

unsafe extern "C" fn minibatch_gradient(
    state: *mut c_void,
    w: *const f64,
    batch: *const usize,
    batch_size: usize,
    noise: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss`.
    unsafe {
        let context = context(state);
        let inputs = [(w, context.dimension())];
        context.vector(inputs, out, |oracle, [w], out| {
            if batch.is_null() || !batch.is_aligned() || batch_size > MAX_LENGTH {
                return RResult::RErr(InterfaceError::other("the batch is a null pointer, or none of that size"));
            }
            let batch = RSlice::from_slice(slice::from_raw_parts(batch, batch_size));
            let noise = if noise.is_null() {
                ROption::RNone
            } else {
                ROption::RSome(RSlice::from_slice(slice::from_raw_parts(noise, batch_size)))
            };
            // Every measurement in order is the full gradient, which costs the same and is answered in one pass.
            let whole = batch_size == oracle.table.measurements()(oracle.state)
                && batch.iter().enumerate().all(|(place, index)| place == *index);
            match (whole, noise) {
                (true, ROption::RNone) => oracle.table.gradient()(oracle.state, w, out),
                (true, ROption::RSome(noise)) => oracle.table.perturbed_gradient()(oracle.state, w, noise, out),
                (false, noise) => oracle.table.minibatch_gradient()(oracle.state, w, batch, noise, out),
            }
        })
    }
}

unsafe extern "C" fn gradient_with_noise(state: *mut c_void, w: *const f64, noise: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss`.
    unsafe {
        let context = context(state);
        let inputs = [(w, context.dimension()), (noise, context.oracle.measurements())];
        context.vector(inputs, out, |oracle, [w, noise], out| {
            oracle.table.perturbed_gradient()(oracle.state, w, noise, out)
        })
    }
}

unsafe extern "C" fn hessian_vector(state: *mut c_void, w: *const f64, v: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss`.
    unsafe {
        let context = context(state);
        let inputs = [(w, context.dimension()), (v, context.dimension())];
        context.vector(inputs, out, |oracle, [w, v], out| oracle.table.hessian_vector()(oracle.state, w, v, out))
    }
}

unsafe extern "C" fn hessian_trace_gradient(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss`.
    unsafe {
        let context = context(state);
        let inputs = [(w, context.dimension())];
        context.vector(inputs, out, |oracle, [w], out| oracle.table.hessian_trace_gradient()(oracle.state, w, out))
    }
}

unsafe extern "C" fn measurements(state: *mut c_void) -> usize {
    // SAFETY: as in `loss`.
    unsafe { context(state) }.oracle.measurements()
}

unsafe extern "C" fn progress(state: *mut c_void) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { context(state) }.oracle.progress()
}

unsafe extern "C" fn remaining(state: *mut c_void) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { context(state) }.oracle.remaining()
}

unsafe extern "C" fn schedule_value(state: *mut c_void, data: *const FlatbenchSchedule) -> f64 {
    // SAFETY: as in `loss`; the schedule is null or valid.
    let curve = unsafe { data.as_ref() }.and_then(schedule);
    // SAFETY: as in `loss`.
    let context = unsafe { context(state) };
    // A schedule of no known shape gives no number, which shows at once.
    curve.map_or(f64::NAN, |curve| curve.at(&context.oracle))
}

unsafe extern "C" fn uniform(state: *mut c_void) -> f64 {
    // SAFETY: as in `loss`.
    unsafe { context(state) }.oracle.random().uniform()
}

unsafe extern "C" fn index(state: *mut c_void, n: usize) -> usize {
    // SAFETY: as in `loss`.
    if n == 0 { 0 } else { unsafe { context(state) }.oracle.random().index(n) }
}

unsafe extern "C" fn fill_normal(state: *mut c_void, out: *mut f64, n: usize) {
    if !out.is_null() && out.is_aligned() && n <= MAX_LENGTH {
        // SAFETY: as in `loss`; `out` has room for n numbers.
        unsafe { context(state).oracle.random().fill_normal(slice::from_raw_parts_mut(out, n)) }
    }
}

unsafe extern "C" fn sample_batch(state: *mut c_void, size: usize, replacement: bool, out: *mut usize) -> usize {
    // SAFETY: as in `loss`.
    let oracle = unsafe { &mut context(state).oracle };
    if out.is_null() || oracle.measurements() == 0 {
        return 0;
    }
    let batch = oracle.sample_batch(size, replacement);
    // SAFETY: there is room for m indices, and a batch has at most as many.
    unsafe { slice::from_raw_parts_mut(out, batch.len()) }.copy_from_slice(&batch);
    batch.len()
}

unsafe extern "C" fn fail(state: *mut c_void, message: *const c_char) -> i32 {
    if !message.is_null() {
        // SAFETY: as in `loss`; the message ends with a zero byte.
        let message = unsafe { text(message, "the message of a failure") }.unwrap_or_else(|wrong| wrong);
        // SAFETY: as in `loss`.
        unsafe { context(state) }.message = Some(message);
    }
    FLATBENCH_ERROR
}
