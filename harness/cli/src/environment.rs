//! What this binary says of itself and its machine.

use std::path::Path;

use flatbench_records::Environment;
use flatbench_runner::plugins::{Plugin, Shelf, SourceTree};
use flatbench_runner::{Build, describe_environment, other_processor, with_libraries};

use crate::status::Failure;

/// What `environment.json` says.
pub fn environment(tree: Option<&SourceTree>, plugins: &[Plugin]) -> Environment {
    let build = Build {
        version: env!("CARGO_PKG_VERSION"),
        rustc: option_env!("FLATBENCH_RUSTC"),
        profile: env!("FLATBENCH_PROFILE"),
    };
    describe_environment(build, tree, plugins)
}

/// The same where the plugins may be those of a folder with libraries, and how its processor differs then from the one of the machine
/// that wrote the folder.
pub fn environment_of(
    libraries: Option<&Path>,
    tree: Option<&SourceTree>,
    plugins: &[Plugin],
) -> Result<(Environment, Option<String>), Failure> {
    let environment = environment(tree, plugins);
    let shelf = libraries.map(Shelf::open).transpose().map_err(Failure::usage)?.flatten();
    let Some(shelf) = shelf else { return Ok((environment, None)) };
    Ok((with_libraries(environment, &shelf), shelf.features().and_then(other_processor)))
}
