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

/// Variable with the number of the process that started this one for its own use, and is not to be outlived.
const PARENT: &str = "FLATBENCH_PARENT";

/// Where a program asked for it: ends this process, as SIGTERM does, when that program is gone, killed or not.
fn end_with_parent() -> PyResult<()> {
    let Some(parent) = std::env::var(PARENT).ok().and_then(|number| number.parse::<i32>().ok()) else { return Ok(()) };
    let is_ours = || rustix::process::getppid().is_some_and(|own| own.as_raw_nonzero().get() == parent);
    // The variable is handed on to workers, which have a parent of their own.
    if is_ours() {
        #[cfg(target_os = "linux")]
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
            .map_err(std::io::Error::from)?;
    }
    Ok(())
}

/// Does what the arguments say, the first of which is the name of the program; returns the exit status.
///
/// Parameters
/// ----------
/// arguments : list of str
#[pyfunction]
pub fn main(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    end_with_parent()?;
    let executable: PathBuf = py.import("sys")?.getattr("executable")?.extract()?;
    let package: PathBuf = py.import("flatbench")?.getattr("__file__")?.extract()?;
    let plugins = package.with_file_name("plugins");
    let program = Program::interpreted(executable, ARGUMENTS.map(OsString::from).to_vec(), plugins);
    welcome(guest::open);
    let status = py.detach(|| flatbench_cli::main(program, arguments));
    // The standard library keeps the number to itself.
    Ok((0..=u8::MAX).find(|&number| ExitCode::from(number) == status).unwrap_or(u8::MAX))
}
