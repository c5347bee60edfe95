//! What this binary says of itself and its machine.

use flatbench_records::Environment;
use flatbench_runner::plugins::{Plugin, SourceTree};
use flatbench_runner::{Build, describe_environment};

/// What `environment.json` says.
pub fn environment(tree: Option<&SourceTree>, plugins: &[Plugin]) -> Environment {
    let build = Build {
        version: env!("CARGO_PKG_VERSION"),
        rustc: option_env!("FLATBENCH_RUSTC"),
        profile: env!("FLATBENCH_PROFILE"),
    };
    describe_environment(build, tree, plugins)
}
