use std::ffi::{c_char, c_void};

use super::{FlatbenchBlock, FlatbenchHyperparameter, FlatbenchOracle, FlatbenchValue};

/// Minor version of this interface, for `minor` of FlatbenchOptimizer.
pub const FLATBENCH_INTERFACE_MINOR: u32 = 2;

/// A scalar with a name.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchScalar {
    /// Such as "step_size"; has to stay valid until the next call.
    pub name: *const c_char,
    /// Its value.
    pub value: f64,
}

/// An optimizer. A library exports `const FlatbenchOptimizer *flatbench_optimizer_v1(void)`, which returns the same constant struct
/// at every call. Texts are UTF-8 and end with a zero byte.
///
/// Calls on one optimizer come one after the other, on one thread. Several optimizers of one library may take turns, even while one
/// waits for its oracle: keep everything in `state`, nothing in static variables.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchOptimizer {
    /// sizeof(FlatbenchOptimizer).
    pub size: usize,
    /// FLATBENCH_INTERFACE_MINOR.
    pub minor: u32,
    /// Name in suites and reports: 1 to 40 lower-case letters, digits and single dashes, a letter first. A library with another
    /// name is refused.
    pub name: *const c_char,
    /// Version of the plugin, such as "0.1.0".
    pub version: *const c_char,
    /// What it does, in a paragraph.
    pub description: *const c_char,
    /// Number of hyper-parameters.
    pub hyperparameter_count: usize,
    /// The hyper-parameters.
    pub hyperparameters: *const FlatbenchHyperparameter,
    /// Makes an optimizer for a problem of the given factors and writes it to `state`. `values` has one value per hyper-parameter,
    /// in their order, inside their ranges; values and blocks are borrowed for the call. Returns FLATBENCH_OK, or FLATBENCH_ERROR or
    /// FLATBENCH_NOT_SUPPORTED with a message in `message` (room for `message_size` bytes).
    pub create: Option<
        unsafe extern "C" fn(
            values: *const FlatbenchValue,
            blocks: *const FlatbenchBlock,
            block_count: usize,
            state: *mut *mut c_void,
            message: *mut c_char,
            message_size: usize,
        ) -> i32,
    >,
    /// Once, before the first step; may change w. NULL if there is nothing to prepare.
    pub initialize:
        Option<unsafe extern "C" fn(state: *mut c_void, w: *mut f64, oracle: *const FlatbenchOracle) -> i32>,
    /// Takes one step: changes w in place. Returns FLATBENCH_OK, FLATBENCH_CONVERGED, or an error (that of the oracle as it came).
    pub step: Option<unsafe extern "C" fn(state: *mut c_void, w: *mut f64, oracle: *const FlatbenchOracle) -> i32>,
    /// Writes named scalars (room for `capacity`) and returns how many. Schedules are reported by themselves. The oracle is there to
    /// read. NULL for none.
    pub report: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            oracle: *const FlatbenchOracle,
            out: *mut FlatbenchScalar,
            capacity: usize,
        ) -> usize,
    >,
    /// `point` comes as a copy of w and leaves as the point to be judged, such as an average. NULL if that is w.
    pub evaluation_point: Option<unsafe extern "C" fn(state: *mut c_void, point: *mut f64)>,
    /// Frees the state. NULL if there is nothing to free.
    pub destroy: Option<unsafe extern "C" fn(state: *mut c_void)>,
    /// Whether every run needs an operating-system thread of its own, from `create` to `destroy`: for run-time systems that keep
    /// books on the stack they are called on (Python, Go, Julia, Java). False in version 1.0, which ended before this field.
    pub own_thread: bool,
}
