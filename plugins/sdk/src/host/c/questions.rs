//! The questions that C plugins have a function for since version 1.2.

use std::ffi::c_void;
use std::slice;

use super::context::{Context, MAX_LENGTH, context};
use crate::c_interface::FLATBENCH_OK;
use crate::interface::error::InterfaceError;
use crate::interface::question;
use crate::question::Question;

/// What a plugin hands over with a question.
struct Handed<const N: usize> {
    /// w and what else is read, each with its length.
    inputs: [(*const f64, usize); N],
    /// The indices of a batch.
    batch: Option<(*const usize, usize)>,
    /// Where a vector is written, with its length.
    out: Option<(*mut f64, usize)>,
    /// Where a number is written, which is the answer or comes with it.
    number: Option<*mut f64>,
}

impl<const N: usize> Handed<N> {
    fn reading(inputs: [(*const f64, usize); N]) -> Self {
        Handed { inputs, batch: None, out: None, number: None }
    }

    fn over(self, batch: *const usize, size: usize) -> Self {
        Handed { batch: Some((batch, size)), ..self }
    }

    fn filling(self, out: *mut f64, length: usize) -> Self {
        Handed { out: Some((out, length)), ..self }
    }

    fn writing(self, number: *mut f64) -> Self {
        Handed { number: Some(number), ..self }
    }

    fn check(&self) -> Result<(), InterfaceError> {
        let bad = |pointer: *const f64| pointer.is_null() || !pointer.is_aligned();
        let outputs = self.out.iter().map(|(out, _)| out.cast_const()).chain(self.number.map(<*mut f64>::cast_const));
        if self.inputs.iter().map(|(input, _)| *input).chain(outputs).any(bad) {
            return Err(InterfaceError::other("the oracle was given a null pointer"));
        }
        if let Some((batch, size)) = self.batch
            && (batch.is_null() || !batch.is_aligned() || size > MAX_LENGTH)
        {
            return Err(InterfaceError::other("the batch is a null pointer, or none of that size"));
        }
        if self.inputs.iter().any(|(_, length)| *length > MAX_LENGTH) {
            return Err(InterfaceError::other("there is no list of so many numbers"));
        }
        let overlaps = |out: *const f64, length: usize| {
            self.inputs.iter().any(|&(input, n)| input < out.wrapping_add(length) && out < input.wrapping_add(n))
        };
        if self.out.is_some_and(|(out, length)| overlaps(out, length)) || self.number.is_some_and(|at| overlaps(at, 1))
        {
            return Err(InterfaceError::other("the output of an oracle call overlaps an input (use another vector)"));
        }
        Ok(())
    }
}

impl Context {
    /// Asks a question about w, the first of the inputs.
    ///
    /// # Safety
    /// Pointers are null, or lead to as many numbers as are handed over with them.
    unsafe fn answer<const N: usize>(
        &mut self,
        handed: Handed<N>,
        question: impl for<'a> FnOnce([&'a [f64]; N], &'a [usize]) -> Question<'a>,
    ) -> i32 {
        let answer = handed.check().and_then(|()| self.connected(&[])).and_then(|handle| {
            // SAFETY: by the contract above; they are not null, and no output overlaps an input.
            let inputs = handed.inputs.map(|(input, length)| unsafe { slice::from_raw_parts(input, length) });
            // SAFETY: as for the inputs.
            let batch = handed.batch.map_or(&[][..], |(batch, size)| unsafe { slice::from_raw_parts(batch, size) });
            // SAFETY: as for the inputs.
            let out = handed.out.map(|(out, length)| unsafe { slice::from_raw_parts_mut(out, length) });
            // SAFETY: the handle is that of the call under way.
            unsafe { question::ask(handle, inputs[0], question(inputs, batch), out.unwrap_or_default()) }.into_result()
        });
        match self.code(answer) {
            Ok(number) => {
                if let Some(at) = handed.number {
                    // SAFETY: by the contract above.
                    unsafe { at.write(number) };
                }
                FLATBENCH_OK
            }
            Err(code) => code,
        }
    }
}

/// Whether it is every measurement in order: that costs the same, and is answered in one pass.
fn is_whole(batch: &[usize], measurements: usize) -> bool {
    batch.len() == measurements && batch.iter().enumerate().all(|(place, index)| place == *index)
}

pub(super) unsafe extern "C" fn loss_and_gradient(
    state: *mut c_void,
    w: *const f64,
    loss: *mut f64,
    gradient: *mut f64,
) -> i32 {
    // SAFETY: the plugin passes the state of the oracle it was given, and lists as the interface says; also below.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        context.answer(Handed::reading([(w, d)]).filling(gradient, d).writing(loss), |_, _| Question::Gradient)
    }
}

pub(super) unsafe extern "C" fn losses_along(
    state: *mut c_void,
    w: *const f64,
    direction: *const f64,
    steps: *const f64,
    step_count: usize,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (direction, d), (steps, step_count)]).filling(out, step_count);
        context.answer(handed, |[_, direction, steps], _| Question::LossesAlong { direction, steps })
    }
}

pub(super) unsafe extern "C" fn minibatch_loss(
    state: *mut c_void,
    w: *const f64,
    batch: *const usize,
    batch_size: usize,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let m = context.measurements();
        let handed = Handed::reading([(w, context.dimension())]).over(batch, batch_size).writing(out);
        context.answer(
            handed,
            |_, batch| {
                if is_whole(batch, m) { Question::Loss } else { Question::MinibatchLoss(batch) }
            },
        )
    }
}

pub(super) unsafe extern "C" fn minibatch_hessian_vector(
    state: *mut c_void,
    w: *const f64,
    v: *const f64,
    batch: *const usize,
    batch_size: usize,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let (d, m) = (context.dimension(), context.measurements());
        let handed = Handed::reading([(w, d), (v, d)]).over(batch, batch_size).filling(out, d);
        context.answer(handed, |[_, v], batch| {
            if is_whole(batch, m) { Question::HessianVector(v) } else { Question::MinibatchHessianVector { batch, v } }
        })
    }
}

pub(super) unsafe extern "C" fn residuals(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let handed = Handed::reading([(w, context.dimension())]).filling(out, context.measurements());
        context.answer(handed, |_, _| Question::Residuals)
    }
}

pub(super) unsafe extern "C" fn minibatch_residuals(
    state: *mut c_void,
    w: *const f64,
    batch: *const usize,
    batch_size: usize,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let m = context.measurements();
        let handed = Handed::reading([(w, context.dimension())]).over(batch, batch_size).filling(out, batch_size);
        context.answer(handed, |_, batch| {
            if is_whole(batch, m) { Question::Residuals } else { Question::MinibatchResiduals(batch) }
        })
    }
}

pub(super) unsafe extern "C" fn jacobian_vector(
    state: *mut c_void,
    w: *const f64,
    v: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (v, d)]).filling(out, context.measurements());
        context.answer(handed, |[_, v], _| Question::JacobianVector(v))
    }
}

pub(super) unsafe extern "C" fn jacobian_transpose_vector(
    state: *mut c_void,
    w: *const f64,
    u: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (u, context.measurements())]).filling(out, d);
        context.answer(handed, |[_, u], _| Question::JacobianTransposeVector(u))
    }
}

pub(super) unsafe extern "C" fn gauss_newton_vector(
    state: *mut c_void,
    w: *const f64,
    v: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (v, d)]).filling(out, d);
        context.answer(handed, |[_, v], _| Question::GaussNewtonVector(v))
    }
}

pub(super) unsafe extern "C" fn hessian_trace_by_block(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let handed = Handed::reading([(w, context.dimension())]).filling(out, context.block_count());
        context.answer(handed, |_, _| Question::TraceByBlock)
    }
}

pub(super) unsafe extern "C" fn weighted_hessian_trace_gradient(
    state: *mut c_void,
    w: *const f64,
    weights: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (weights, context.block_count())]).filling(out, d);
        context.answer(handed, |[_, weights], _| Question::WeightedTraceGradient(weights))
    }
}

pub(super) unsafe extern "C" fn lambda_max(
    state: *mut c_void,
    w: *const f64,
    value: *mut f64,
    vector: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        context.answer(Handed::reading([(w, d)]).filling(vector, d).writing(value), |_, _| Question::LambdaMax)
    }
}

pub(super) unsafe extern "C" fn curvature_gradient(
    state: *mut c_void,
    w: *const f64,
    v: *const f64,
    out: *mut f64,
) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d), (v, d)]).filling(out, d);
        context.answer(handed, |[_, v], _| Question::CurvatureGradient(v))
    }
}

pub(super) unsafe extern "C" fn relative_flatness(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let handed = Handed::reading([(w, context.dimension())]).writing(out);
        context.answer(handed, |_, _| Question::RelativeFlatness)
    }
}

pub(super) unsafe extern "C" fn relative_flatness_gradient(state: *mut c_void, w: *const f64, out: *mut f64) -> i32 {
    // SAFETY: as in `loss_and_gradient`.
    unsafe {
        let context = context(state);
        let d = context.dimension();
        let handed = Handed::reading([(w, d)]).filling(out, d);
        context.answer(handed, |_, _| Question::RelativeFlatnessGradient)
    }
}
