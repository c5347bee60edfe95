//! Hyper-parameters and descriptions on their way between Python and the host.

use flatbench_plugin::host::{Description, Hyperparameter, Kind, Range, Schedule, Shape, Unit, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// A value for a run: a plain one, or `(shape, from, to, until)`.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(b) => b.into_pyobject(py)?.to_owned().into_any(),
        Value::Integer(n) => n.into_pyobject(py)?.into_any(),
        Value::Real(x) => x.into_pyobject(py)?.into_any(),
        Value::Text(text) => text.into_pyobject(py)?.into_any(),
        Value::Schedule(schedule) => {
            (shape(schedule.shape), schedule.from, schedule.to, schedule.until).into_pyobject(py)?.into_any()
        }
    })
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Constant => "constant",
        Shape::Linear => "linear",
        Shape::Geometric => "geometric",
        Shape::Cosine => "cosine",
    }
}

/// What an optimizer says of itself, from the dictionary of `flatbench._spec.describe`.
pub(crate) fn description(told: &Bound<'_, PyAny>, interface: &str) -> PyResult<Description> {
    let text = |key: &str| told.get_item(key)?.extract::<String>();
    let mut hyperparameters = Vec::new();
    for entry in told.get_item("hyperparameters")?.try_iter()? {
        hyperparameters.push(hyperparameter(&entry?)?);
    }
    Ok(Description {
        name: text("name")?,
        version: text("version")?,
        description: text("description")?,
        interface_version: interface.to_owned(),
        hyperparameters,
    })
}

fn hyperparameter(told: &Bound<'_, PyAny>) -> PyResult<Hyperparameter> {
    let word = |key: &str| told.get_item(key)?.extract::<String>();
    let kind = kind(told, &word("kind")?)?;
    let default = told.get_item("default")?;
    let default_unit = match word("default_unit")?.as_str() {
        "absolute" => Unit::Absolute,
        "1/lambda_max" => Unit::InverseLambdaMax,
        other => return Err(unknown("unit", other)),
    };
    Ok(Hyperparameter {
        name: word("name")?,
        description: word("description")?,
        default: value(&default, &kind)?,
        kind,
        default_unit,
        log_scale: told.get_item("log_scale")?.extract()?,
    })
}

fn kind(told: &Bound<'_, PyAny>, word: &str) -> PyResult<Kind> {
    let range = || -> PyResult<Range> {
        Ok(Range {
            min: told.get_item("min")?.extract()?,
            max: told.get_item("max")?.extract()?,
            min_excluded: told.get_item("min_excluded")?.extract()?,
        })
    };
    let whole = |key: &str, missing: i64| -> PyResult<i64> {
        Ok(told.get_item(key)?.extract::<Option<i64>>()?.unwrap_or(missing))
    };
    Ok(match word {
        "bool" => Kind::Bool,
        "integer" => Kind::Integer { min: whole("min", i64::MIN)?, max: whole("max", i64::MAX)? },
        "real" => Kind::Real(range()?),
        "schedule" => Kind::Schedule(range()?),
        "choice" => Kind::Choice(told.get_item("words")?.extract()?),
        other => return Err(unknown("kind", other)),
    })
}

fn value(told: &Bound<'_, PyAny>, kind: &Kind) -> PyResult<Value> {
    if let Ok(schedule) = told.cast::<PyDict>() {
        let number = |key: &str| schedule.as_any().get_item(key)?.extract::<f64>();
        let word: String = schedule.as_any().get_item("schedule")?.extract()?;
        let shape = match word.as_str() {
            "constant" => Shape::Constant,
            "linear" => Shape::Linear,
            "geometric" => Shape::Geometric,
            "cosine" => Shape::Cosine,
            other => return Err(unknown("schedule", other)),
        };
        let schedule = Schedule { shape, from: number("from")?, to: number("to")?, until: number("until")? };
        return Ok(Value::Schedule(schedule));
    }
    Ok(match kind {
        Kind::Bool => Value::Bool(told.extract()?),
        Kind::Integer { .. } => Value::Integer(told.extract()?),
        Kind::Real(_) => Value::Real(told.extract()?),
        Kind::Schedule(_) => Value::Schedule(Schedule::constant(told.extract()?)),
        Kind::Choice(_) => Value::Text(told.extract()?),
    })
}

fn unknown(what: &str, word: &str) -> PyErr {
    PyValueError::new_err(format!("no {what} is called {word:?}"))
}

/// The values of a run by name, and its factors as `(name, rows, cols)`.
pub(crate) fn dictionary<'py>(py: Python<'py>, values: &[(String, Value)]) -> PyResult<Bound<'py, PyDict>> {
    let dictionary = PyDict::new(py);
    for (name, value) in values {
        dictionary.set_item(name, to_python(py, value)?)?;
    }
    Ok(dictionary)
}

/// Each factor as `(name, rows, cols)`.
pub(crate) fn blocks<'py>(py: Python<'py>, blocks: &[flatbench_plugin::Block]) -> PyResult<Vec<Bound<'py, PyTuple>>> {
    blocks.iter().map(|block| (block.name.as_str(), block.rows, block.cols).into_pyobject(py)).collect()
}
