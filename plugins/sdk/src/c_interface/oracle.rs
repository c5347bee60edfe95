use std::ffi::{c_char, c_void};

use super::FlatbenchSchedule;

/// The call succeeded; a step returns it to go on.
pub const FLATBENCH_OK: i32 = 0;
/// A step returns it to say that there is nothing more to gain.
pub const FLATBENCH_CONVERGED: i32 = 1;
/// The problem family cannot answer the call. Hand it on.
pub const FLATBENCH_NOT_SUPPORTED: i32 = -1;
/// The budget does not cover the call: the normal end of a run. Hand it on.
pub const FLATBENCH_BUDGET: i32 = -2;
/// Anything else. With a message from `fail`, the run ends as failed with that message.
pub const FLATBENCH_ERROR: i32 = -3;

/// A named factor inside w, stored row by row.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchBlock {
    /// Name, such as "L" or "W1".
    pub name: *const c_char,
    /// Rows of the factor.
    pub rows: usize,
    /// Columns of the factor.
    pub cols: usize,
    /// Index in w of its first entry.
    pub offset: usize,
}

/// Answers questions about the loss f(w) = (1/m) sum rho_i(w)^2 over m measurements, and charges every answer to the budget. Pass
/// `state` to every function. Valid during the call that it is given to.
///
/// w, v and `out` have `dimension` entries unless another length is said; `out` must not overlap what is read. A function that returns FLATBENCH_OK has written
/// all of `out`; otherwise `out` is unspecified.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchOracle {
    /// Size of this struct on the host's side, in bytes. Newer hosts have more functions at the end.
    pub size: usize,
    /// The host's own.
    pub state: *mut c_void,
    /// Number of parameters.
    pub dimension: usize,
    /// Number of factors.
    pub block_count: usize,
    /// The factors that make up w, in order, without gaps.
    pub blocks: *const FlatbenchBlock,
    /// Writes f(w).
    pub loss: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the gradient of f at w.
    pub gradient: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the gradient of the mean over `batch_size` measurements (indices below m, repeats allowed); with `noise` (one number
    /// per entry of the batch, or NULL) added to their targets. All measurements in order cost what a gradient costs.
    pub minibatch_gradient: unsafe extern "C" fn(
        state: *mut c_void,
        w: *const f64,
        batch: *const usize,
        batch_size: usize,
        noise: *const f64,
        out: *mut f64,
    ) -> i32,
    /// Writes the full gradient with `noise` (m numbers) added to the targets.
    pub gradient_with_noise:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, noise: *const f64, out: *mut f64) -> i32,
    /// Writes the Hessian at w times v.
    pub hessian_vector: unsafe extern "C" fn(state: *mut c_void, w: *const f64, v: *const f64, out: *mut f64) -> i32,
    /// Writes the trace of the Hessian at w, exact.
    pub hessian_trace: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the gradient of the trace of the Hessian at w, exact.
    pub hessian_trace_gradient: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Number of measurements m. Free, like the two below.
    pub measurements: unsafe extern "C" fn(state: *mut c_void) -> usize,
    /// Spent fraction of the budget, in [0, 1].
    pub progress: unsafe extern "C" fn(state: *mut c_void) -> f64,
    /// Budget left, in full-gradient equivalents.
    pub remaining: unsafe extern "C" fn(state: *mut c_void) -> f64,
    /// The present value of a schedule.
    pub schedule_value: unsafe extern "C" fn(state: *mut c_void, schedule: *const FlatbenchSchedule) -> f64,
    /// The next number of the optimizer's own random stream, uniform on [0, 1). Use no other source of chance.
    pub uniform: unsafe extern "C" fn(state: *mut c_void) -> f64,
    /// Uniform on 0, ..., n - 1; 0 if n is 0.
    pub index: unsafe extern "C" fn(state: *mut c_void, n: usize) -> usize,
    /// Writes n independent standard normal numbers.
    pub fill_normal: unsafe extern "C" fn(state: *mut c_void, out: *mut f64, n: usize),
    /// Draws a batch of `size` measurements into `batch` (room for m) and returns how many were drawn. `size` 0 means all; without
    /// replacement, batches are the pieces of a permutation that is drawn anew for every pass.
    pub sample_batch:
        unsafe extern "C" fn(state: *mut c_void, size: usize, replacement: bool, batch: *mut usize) -> usize,
    /// Keeps a copy of the message (UTF-8, ends with a zero byte) as the reason why this call fails. Returns FLATBENCH_ERROR.
    pub fail: unsafe extern "C" fn(state: *mut c_void, message: *const c_char) -> i32,
    /// Writes f(w) into `loss` and the gradient into `gradient`, for the price of the gradient. This and all that follows since
    /// version 1.2: an older host's `size` ends before, and a plugin that is to run there looks at it first.
    pub loss_and_gradient:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, loss: *mut f64, gradient: *mut f64) -> i32,
    /// Writes f(w + t * direction) for each of `step_count` values of t.
    pub losses_along: unsafe extern "C" fn(
        state: *mut c_void,
        w: *const f64,
        direction: *const f64,
        steps: *const f64,
        step_count: usize,
        out: *mut f64,
    ) -> i32,
    /// Writes the mean of rho_i(w)^2 over `batch_size` measurements.
    pub minibatch_loss: unsafe extern "C" fn(
        state: *mut c_void,
        w: *const f64,
        batch: *const usize,
        batch_size: usize,
        out: *mut f64,
    ) -> i32,
    /// Writes the Hessian of the mean over `batch_size` measurements times v.
    pub minibatch_hessian_vector: unsafe extern "C" fn(
        state: *mut c_void,
        w: *const f64,
        v: *const f64,
        batch: *const usize,
        batch_size: usize,
        out: *mut f64,
    ) -> i32,
    /// Writes the residuals rho_i(w) of all measurements (m numbers).
    pub residuals: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the residuals of `batch_size` measurements, in the order of the batch.
    pub minibatch_residuals: unsafe extern "C" fn(
        state: *mut c_void,
        w: *const f64,
        batch: *const usize,
        batch_size: usize,
        out: *mut f64,
    ) -> i32,
    /// Writes J v (m numbers), J the derivative of the residuals at w.
    pub jacobian_vector: unsafe extern "C" fn(state: *mut c_void, w: *const f64, v: *const f64, out: *mut f64) -> i32,
    /// Writes the transpose of J times u (m numbers).
    pub jacobian_transpose_vector:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, u: *const f64, out: *mut f64) -> i32,
    /// Writes 2/m times the transpose of J times J v: the Gauss-Newton part of the Hessian times v.
    pub gauss_newton_vector:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, v: *const f64, out: *mut f64) -> i32,
    /// Writes the trace of the Hessian at w split by factor (`block_count` numbers), exact.
    pub hessian_trace_by_block: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the gradient of the sum of these traces, each times its weight (`block_count` numbers), exact.
    pub weighted_hessian_trace_gradient:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, weights: *const f64, out: *mut f64) -> i32,
    /// Writes the largest eigenvalue of the Hessian at w into `value` and a unit eigenvector into `vector`. Charged as the
    /// Hessian-vector products that it takes.
    pub lambda_max: unsafe extern "C" fn(state: *mut c_void, w: *const f64, value: *mut f64, vector: *mut f64) -> i32,
    /// Writes the gradient in w of v times the Hessian times v, for a fixed v. For a unit eigenvector of a simple eigenvalue that is the
    /// gradient of the eigenvalue.
    pub curvature_gradient:
        unsafe extern "C" fn(state: *mut c_void, w: *const f64, v: *const f64, out: *mut f64) -> i32,
    /// Writes relative flatness (Petzka et al. 2021), summed over the layers.
    pub relative_flatness: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
    /// Writes the gradient of relative flatness, exact.
    pub relative_flatness_gradient: unsafe extern "C" fn(state: *mut c_void, w: *const f64, out: *mut f64) -> i32,
}
