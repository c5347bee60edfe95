use std::path::Path;

use flatbench_plugin::host::{Library, LoadError};
use flatbench_records::OptimizerDescription;

use crate::plugins;

/// Reads what a plugin library says of itself. The last line of the error says what is wrong and carries the remedy; above it is the
/// traceback, if there is one.
///
/// Loading runs code of the library: call this in a process that may die.
pub fn describe(path: &Path) -> Result<OptimizerDescription, String> {
    let library = Library::open(path).map_err(|error| match &error {
        LoadError::Broken { detail, .. } if detail.contains('\n') => format!("{detail}\n{error}"),
        _ => error.to_string(),
    })?;
    Ok(plugins::to_description(library.description()))
}
