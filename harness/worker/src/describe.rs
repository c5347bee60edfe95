use std::path::Path;

use flatbench_plugin::host::Library;
use flatbench_records::OptimizerDescription;

use crate::plugins;

/// Reads what a plugin library says of itself. The message of the error is one line and carries the remedy.
///
/// Loading runs code of the library: call this in a process that may die.
pub fn describe(path: &Path) -> Result<OptimizerDescription, String> {
    let library = Library::open(path).map_err(|error| error.to_string())?;
    Ok(plugins::to_description(library.description()))
}
