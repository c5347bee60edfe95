//! Which program this is: how it starts itself as a worker, and which plugins it brings along.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::status::Failure;

/// A program that contains flatbench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    executable: Option<PathBuf>,
    arguments: Vec<OsString>,
    plugins: Option<PathBuf>,
}

/// The program that this process is.
static OWN: OnceLock<Program> = OnceLock::new();

impl Program {
    /// The binary `flatbench` itself.
    pub fn native() -> Self {
        Program { executable: None, arguments: Vec::new(), plugins: None }
    }

    /// An interpreter that is flatbench when it is started with these arguments; `plugins` is a folder with the libraries of the
    /// optimizers that come with it, used outside of a source tree.
    pub fn interpreted(executable: PathBuf, arguments: Vec<OsString>, plugins: PathBuf) -> Self {
        Program { executable: Some(executable), arguments, plugins: Some(plugins) }
    }

    pub(crate) fn set(self) {
        // A second call in one process is of the same program.
        let _ = OWN.set(self);
    }

    /// The program that this process is.
    pub(crate) fn own() -> &'static Program {
        OWN.get_or_init(Program::native)
    }

    /// Whether an interpreter runs in it.
    pub(crate) fn is_interpreted(&self) -> bool {
        self.executable.is_some()
    }

    /// Where its own libraries are, if it brings any.
    pub(crate) fn plugins(&self) -> Option<&Path> {
        self.plugins.as_deref()
    }

    /// The file to start. Of the native program the one that is running: where the system allows, a file that was replaced since
    /// (`cargo build` in another terminal) does not take its place.
    pub(crate) fn executable(&self) -> Result<PathBuf, Failure> {
        let running = PathBuf::from("/proc/self/exe");
        match &self.executable {
            Some(executable) => Ok(executable.clone()),
            None if running.exists() => Ok(running),
            None => std::env::current_exe().map_err(|error| {
                Failure::trouble(anyhow::anyhow!("cannot find the program flatbench itself: {error}"))
            }),
        }
    }

    /// What its arguments begin with.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        self.arguments.clone()
    }

    /// A command that starts it.
    pub(crate) fn command(&self) -> Result<Command, Failure> {
        let mut command = Command::new(self.executable()?);
        command.args(&self.arguments);
        Ok(command)
    }
}
