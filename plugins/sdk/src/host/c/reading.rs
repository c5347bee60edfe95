use std::ffi::{CStr, c_char};
use std::slice;

use crate::c_interface::{
    FLATBENCH_ABSOLUTE, FLATBENCH_BOOL, FLATBENCH_CHOICE, FLATBENCH_CONSTANT, FLATBENCH_COSINE, FLATBENCH_GEOMETRIC,
    FLATBENCH_INTEGER, FLATBENCH_INVERSE_LAMBDA_MAX, FLATBENCH_LINEAR, FLATBENCH_REAL, FLATBENCH_SCHEDULE,
    FlatbenchHyperparameter, FlatbenchSchedule, FlatbenchValue,
};
use crate::schema::{Hyperparameter, Kind, Range, Unit, Value};
use crate::{Schedule, Shape};

/// More words than this are taken for a list without an end.
pub(super) const MAX_CHOICES: usize = 1000;

/// A longer text, in bytes, is taken for one without an end.
pub(super) const MAX_TEXT: usize = 1 << 16;

/// Text behind a pointer.
///
/// # Safety
/// `text` is null or leads to a zero-terminated text, or to as many bytes as are looked at.
pub(super) unsafe fn text(text: *const c_char, what: &str) -> Result<String, String> {
    if text.is_null() {
        return Err(format!("{what} is NULL"));
    }
    let text = text.cast::<u8>();
    // SAFETY: by the contract above; no byte after a zero is looked at.
    let length = (0..MAX_TEXT).find(|&index| unsafe { *text.add(index) } == 0);
    let length = length.ok_or_else(|| format!("{what} has no zero byte in its first {MAX_TEXT}"))?;
    // SAFETY: all of them were just read.
    let bytes = unsafe { slice::from_raw_parts(text, length) };
    str::from_utf8(bytes).map(str::to_owned).map_err(|_| format!("{what} is not UTF-8"))
}

/// A flag that C may have filled with anything.
///
/// # Safety
/// `flag` can be read.
pub(super) unsafe fn boolean(flag: *const bool, what: &str, name: &str) -> Result<bool, String> {
    // SAFETY: by the contract above; any byte is a number.
    match unsafe { flag.cast::<u8>().read() } {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("`{name}` says {other} for {what}, neither true nor false")),
    }
}

/// # Safety
/// The pointers in `data` are null or lead to what the interface says.
pub(super) unsafe fn hyperparameter(data: *const FlatbenchHyperparameter) -> Result<Hyperparameter, String> {
    // SAFETY: by the contract above; also below.
    let name = unsafe { text((*data).name, "the name of a hyper-parameter") }?;
    // Flags first: there is no FlatbenchHyperparameter with one that is neither true nor false.
    // SAFETY: as above.
    let (min_excluded, log_scale, on) = unsafe {
        (
            boolean(&raw const (*data).min_excluded, "min_excluded", &name)?,
            boolean(&raw const (*data).log_scale, "log_scale", &name)?,
            boolean(&raw const (*data).default_value.boolean, "the boolean of its default", &name)?,
        )
    };
    // SAFETY: as above.
    let data = unsafe { &*data };
    // SAFETY: as above.
    let description = unsafe { text(data.description, &format!("the description of `{name}`")) }?;
    let range = Range {
        min: Some(data.min).filter(|min| *min != f64::NEG_INFINITY),
        max: Some(data.max).filter(|max| *max != f64::INFINITY),
        min_excluded,
    };
    let default = &data.default_value;
    let (kind, default) = match data.kind {
        FLATBENCH_BOOL => (Kind::Bool, Value::Bool(on)),
        FLATBENCH_INTEGER => {
            (Kind::Integer { min: data.integer_min, max: data.integer_max }, Value::Integer(default.integer))
        }
        FLATBENCH_REAL => (Kind::Real(range), Value::Real(default.real)),
        FLATBENCH_SCHEDULE => {
            let value = schedule(&default.schedule)
                .ok_or_else(|| format!("the default of `{name}` has an unknown shape {}", default.schedule.shape))?;
            (Kind::Schedule(range), Value::Schedule(value))
        }
        FLATBENCH_CHOICE => {
            // SAFETY: by the contract above.
            let words = unsafe { words(data.choices, &name) }?;
            // SAFETY: by the contract above.
            let word = unsafe { text(default.text, &format!("the default of `{name}`")) }?;
            (Kind::Choice(words), Value::Text(word))
        }
        other => return Err(format!("`{name}` has the unknown kind {other}")),
    };
    let default_unit = match data.default_unit {
        FLATBENCH_ABSOLUTE => Unit::Absolute,
        FLATBENCH_INVERSE_LAMBDA_MAX => Unit::InverseLambdaMax,
        other => return Err(format!("`{name}` has the unknown unit {other}")),
    };
    Ok(Hyperparameter { name, description, kind, default, default_unit, log_scale })
}

/// # Safety
/// As for [`hyperparameter`].
unsafe fn words(list: *const *const c_char, name: &str) -> Result<Vec<String>, String> {
    if list.is_null() || !list.is_aligned() {
        return Err(format!("`{name}` has no choices"));
    }
    let mut words = Vec::new();
    for index in 0..MAX_CHOICES {
        // SAFETY: the list ends with NULL, which was not met yet.
        let word = unsafe { *list.add(index) };
        if word.is_null() {
            return Ok(words);
        }
        // SAFETY: by the contract above.
        words.push(unsafe { text(word, &format!("a choice of `{name}`")) }?);
    }
    Err(format!("the choices of `{name}` do not end with NULL"))
}

/// A schedule of a known shape.
pub(super) fn schedule(data: &FlatbenchSchedule) -> Option<Schedule> {
    let shape = match data.shape {
        FLATBENCH_CONSTANT => Shape::Constant,
        FLATBENCH_LINEAR => Shape::Linear,
        FLATBENCH_GEOMETRIC => Shape::Geometric,
        FLATBENCH_COSINE => Shape::Cosine,
        _ => return None,
    };
    Some(Schedule { shape, from: data.from, to: data.to, until: data.until })
}

/// A value as the plugin's kind wants it. `text` is what [`FlatbenchValue::text`] points to.
pub(super) fn value(kind: &Kind, value: &Value, text: &CStr) -> FlatbenchValue {
    let number = match *value {
        Value::Integer(n) => n as f64,
        Value::Real(x) => x,
        _ => 0.0,
    };
    let curve = if let Value::Schedule(schedule) = *value { schedule } else { Schedule::constant(number) };
    let shape = match curve.shape {
        Shape::Constant => FLATBENCH_CONSTANT,
        Shape::Linear => FLATBENCH_LINEAR,
        Shape::Geometric => FLATBENCH_GEOMETRIC,
        Shape::Cosine => FLATBENCH_COSINE,
    };
    FlatbenchValue {
        boolean: matches!(value, Value::Bool(true)),
        integer: if let (Kind::Integer { .. }, Value::Integer(n)) = (kind, value) { *n } else { 0 },
        real: number,
        text: text.as_ptr(),
        schedule: FlatbenchSchedule { shape, from: curve.from, to: curve.to, until: curve.until },
    }
}
