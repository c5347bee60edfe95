//! Built libraries of the shipped optimizers.

use std::path::PathBuf;
use std::process::Command;

use flatbench_plugin::host::{Library, Value};

/// The library of a shipped optimizer, built now if it is not.
pub fn open(name: &str) -> Library {
    let package = format!("flatbench-{name}");
    let status = Command::new(env!("CARGO")).args(["build", "--quiet", "--release", "-p", &package]).status();
    assert!(status.is_ok_and(|status| status.success()), "cargo builds {package}");
    let bench = std::env::current_exe().expect("a running executable has a path");
    let folder = bench.ancestors().nth(2).expect("target/release/deps");
    let stem = package.replace('-', "_");
    let path: PathBuf = folder.join(format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    Library::open(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Its hyper-parameters at their defaults.
pub fn defaults(library: &Library) -> Vec<(String, Value)> {
    library.description().hyperparameters.iter().map(|p| (p.name.clone(), p.default.clone())).collect()
}
