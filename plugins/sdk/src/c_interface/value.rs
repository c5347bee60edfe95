use std::ffi::c_char;

/// `true` or `false`.
pub const FLATBENCH_BOOL: u32 = 0;
/// A whole number.
pub const FLATBENCH_INTEGER: u32 = 1;
/// A real number.
pub const FLATBENCH_REAL: u32 = 2;
/// A real number that changes over the course of the run.
pub const FLATBENCH_SCHEDULE: u32 = 3;
/// One of a few words.
pub const FLATBENCH_CHOICE: u32 = 4;

/// Stays at `from`.
pub const FLATBENCH_CONSTANT: u32 = 0;
/// from + (to - from) t
pub const FLATBENCH_LINEAR: u32 = 1;
/// from (to / from)^t; both ends > 0.
pub const FLATBENCH_GEOMETRIC: u32 = 2;
/// to + (from - to) (1 + cos(pi t)) / 2
pub const FLATBENCH_COSINE: u32 = 3;

/// The default is the number itself.
pub const FLATBENCH_ABSOLUTE: u32 = 0;
/// The default is a multiple of 1/lambda_max of the Hessian at the large starting point. Values given to a plugin are always absolute.
pub const FLATBENCH_INVERSE_LAMBDA_MAX: u32 = 1;

/// A number over the course of a run: t is the spent fraction of the budget divided by `until`, at most 1. Evaluate it with
/// `schedule_value` of the oracle.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchSchedule {
    /// FLATBENCH_CONSTANT, FLATBENCH_LINEAR, FLATBENCH_GEOMETRIC or FLATBENCH_COSINE.
    pub shape: u32,
    /// Value at the start.
    pub from: f64,
    /// Value at the end.
    pub to: f64,
    /// Fraction of the budget, in (0, 1], at which `to` is reached.
    pub until: f64,
}

/// A value of a hyper-parameter. Only the field of the hyper-parameter's kind counts.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchValue {
    /// For FLATBENCH_BOOL.
    pub boolean: bool,
    /// For FLATBENCH_INTEGER.
    pub integer: i64,
    /// For FLATBENCH_REAL.
    pub real: f64,
    /// For FLATBENCH_CHOICE: UTF-8, ends with a zero byte.
    pub text: *const c_char,
    /// For FLATBENCH_SCHEDULE; a plain number comes as FLATBENCH_CONSTANT.
    pub schedule: FlatbenchSchedule,
}

/// A hyper-parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FlatbenchHyperparameter {
    /// Name in suites: lower-case letters, digits and underscores.
    pub name: *const c_char,
    /// What it means, in one sentence for users.
    pub description: *const c_char,
    /// FLATBENCH_BOOL, FLATBENCH_INTEGER, FLATBENCH_REAL, FLATBENCH_SCHEDULE or FLATBENCH_CHOICE.
    pub kind: u32,
    /// Value when a suite leaves it out.
    pub default_value: FlatbenchValue,
    /// FLATBENCH_ABSOLUTE or FLATBENCH_INVERSE_LAMBDA_MAX.
    pub default_unit: u32,
    /// Whether equal ratios are equal steps: a hint for choosing a grid.
    pub log_scale: bool,
    /// Smallest allowed real number (both ends of a schedule); -INFINITY for none.
    pub min: f64,
    /// Largest allowed real number; INFINITY for none.
    pub max: f64,
    /// Whether `min` itself is not allowed.
    pub min_excluded: bool,
    /// Smallest allowed whole number.
    pub integer_min: i64,
    /// Largest allowed whole number.
    pub integer_max: i64,
    /// Allowed words, ended by NULL; NULL where the kind is not FLATBENCH_CHOICE.
    pub choices: *const *const c_char,
}
