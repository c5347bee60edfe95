//! The command line, with this interpreter as the program that workers are started with.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use flatbench_cli::Program;
use flatbench_plugin::host::welcome;
use pyo3::prelude::*;

use crate::guest;

/// What starts flatbench in an interpreter. `-P`: a folder `flatbench` in the current one is not the package.
const ARGUMENTS: [&str; 3] = ["-P", "-m", "flatbench"];

/// Does what the arguments say, the first of which is the name of the program; returns the exit status.
///
/// Parameters
/// ----------
/// arguments : list of str
#[pyfunction]
pub fn main(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    let executable: PathBuf = py.import("sys")?.getattr("executable")?.extract()?;
    let package: PathBuf = py.import("flatbench")?.getattr("__file__")?.extract()?;
    let plugins = package.with_file_name("plugins");
    let program = Program::interpreted(executable, ARGUMENTS.map(OsString::from).to_vec(), plugins);
    welcome(guest::open);
    let status = py.detach(|| flatbench_cli::main(program, arguments));
    // The standard library keeps the number to itself.
    Ok((0..=u8::MAX).find(|&number| ExitCode::from(number) == status).unwrap_or(u8::MAX))
}
