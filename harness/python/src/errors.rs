//! Errors on their way between Python and the SDK.

use flatbench_plugin::Error;
use pyo3::prelude::*;

pyo3::import_exception!(flatbench.errors, BudgetSpent);
pyo3::import_exception!(flatbench.errors, FlatbenchError);
pyo3::import_exception!(flatbench.errors, NotSupported);
pyo3::import_exception!(flatbench.errors, OracleError);
pyo3::import_exception!(flatbench.errors, SuiteError);

/// What the oracle says, as an exception.
pub(crate) fn to_python(error: Error) -> PyErr {
    match error {
        Error::Budget => BudgetSpent::new_err("the budget is spent"),
        Error::NotSupported(message) => NotSupported::new_err(message),
        other => OracleError::new_err(other.to_string()),
    }
}

/// An exception that left a method of an optimizer: refusals of the oracle are known again, anything else is told with its
/// traceback.
pub(crate) fn to_sdk(py: Python<'_>, error: &PyErr) -> Error {
    if error.is_instance_of::<BudgetSpent>(py) {
        return Error::Budget;
    }
    if error.is_instance_of::<NotSupported>(py) {
        return Error::NotSupported(error.value(py).to_string());
    }
    Error::Other(in_words(py, error))
}

/// An exception: the line that matters first, then where it came from.
pub(crate) fn in_words(py: Python<'_>, error: &PyErr) -> String {
    // The traceback is on the value only once this is asked for by itself, before Python 3.12.
    let value = error.clone_ref(py).into_value(py);
    let told = py
        .import("flatbench._failure")
        .and_then(|module| module.call_method1("words", (value,)))
        .and_then(|words| words.extract::<String>());
    match told {
        Ok(words) if words.lines().count() > 1 => format!("{}\n{words}", words.lines().last().unwrap_or_default()),
        Ok(words) => words,
        Err(_) => error.to_string(),
    }
}
