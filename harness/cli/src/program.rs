//! Which program this is: how it starts itself as a worker, and which plugins it brings along.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flatbench_runner::plugins::{Interpreter, Shelf};
use flatbench_runner::{self as runner, Programs};

use crate::status::Failure;

/// Variable that names the interpreter for plugins in Python.
const INTERPRETER: &str = "FLATBENCH_PYTHON";

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
    /// The binary `flatbench` itself. Where it is installed as `PREFIX/bin/flatbench`, `PREFIX/lib/flatbench` has the libraries that
    /// come with it.
    pub fn native() -> Self {
        Program { executable: None, arguments: Vec::new(), plugins: installed() }
    }

    /// An interpreter that is flatbench when it is started with these arguments; `plugins` is a folder with the libraries of the
    /// optimizers that come with it, used outside of a source tree.
    pub fn interpreted(executable: PathBuf, arguments: Vec<OsString>, plugins: PathBuf) -> Self {
        Program { executable: Some(executable), arguments, plugins: Some(plugins) }
    }

    /// Whether it has left the source tree that it was built in for good.
    pub(crate) fn is_installed(&self) -> bool {
        self.plugins.is_some()
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

    /// Where the archives are that came with it: in the folder of its libraries, or beside it where it is a package of Python.
    pub(crate) fn archives(&self) -> Option<PathBuf> {
        let plugins = self.plugins.as_deref()?;
        Some(if self.is_interpreted() { plugins.with_file_name("reports") } else { plugins.join("reports") })
    }

    /// The file to start. Of the native program the one that is running: where the system allows, a file that was replaced since
    /// (`cargo build` in another terminal) does not take its place.
    fn executable(&self) -> Result<PathBuf, Failure> {
        let running = PathBuf::from("/proc/self/exe");
        match &self.executable {
            Some(executable) => Ok(executable.clone()),
            None if running.exists() => Ok(running),
            None => std::env::current_exe().map_err(|error| {
                Failure::trouble(anyhow::anyhow!("cannot find the program flatbench itself: {error}"))
            }),
        }
    }

    /// How an interpreter is started that is flatbench, as words of a command line; `None` for the native program, which is a file by
    /// itself.
    pub(crate) fn words(&self) -> Option<Result<Vec<String>, Failure>> {
        let executable = self.executable.as_ref()?;
        let words = std::iter::once(executable.as_os_str()).chain(self.arguments.iter().map(OsString::as_os_str));
        let readable = |word: &std::ffi::OsStr| {
            let unreadable = || Failure::usage(format!("a script cannot name {}, which is no text", word.display()));
            word.to_str().map(str::to_owned).ok_or_else(unreadable)
        };
        Some(words.map(readable).collect())
    }

    /// The variable that names the interpreter for plugins in Python, where this program is none, and the file that it is.
    pub(crate) fn foreign_interpreter(&self) -> Result<Option<(&'static str, String)>, Failure> {
        if self.is_interpreted() {
            return Ok(None);
        }
        let python = self.programs()?.python.executable;
        // As the shell would find it here: the one of a node may be another.
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders).map(|folder| folder.join(&python)).find(|file| file.is_file());
        let file = if python.components().count() > 1 { std::path::absolute(&python).ok() } else { found };
        Ok(Some((INTERPRETER, file.unwrap_or(python).to_string_lossy().into_owned())))
    }

    /// What is started where libraries are opened. Python needs an interpreter: the one that this is, or the one that the user names.
    pub(crate) fn programs(&self) -> Result<Programs, Failure> {
        let own = self.executable()?;
        if self.is_interpreted() {
            let program = runner::Program::python(own, self.arguments.clone());
            return Ok(Programs { native: program.clone(), python: program });
        }
        let named = std::env::var_os(INTERPRETER).filter(|name| !name.is_empty());
        let interpreter = named.unwrap_or_else(|| "python3".into());
        // Without -P the folder in which flatbench is started would hide packages of the interpreter.
        let package = ["-P", "-m", "flatbench"].map(OsString::from).to_vec();
        Ok(Programs {
            native: runner::Program::native(own, self.arguments.clone()),
            python: runner::Program::python(interpreter, package),
        })
    }

    /// Who makes parcels of files in Python.
    pub(crate) fn interpreter(&self) -> Result<Interpreter, Failure> {
        let python = self.programs()?.python;
        let version = env!("CARGO_PKG_VERSION");
        Ok(if self.is_interpreted() {
            Interpreter::own(python, version)
        } else {
            Interpreter::foreign(python, version)
        })
    }
}

/// The folder with the libraries that were installed with the running binary, if it has a list. What is wrong with that is for others
/// to say.
fn installed() -> Option<PathBuf> {
    let binary = std::env::current_exe().ok()?.canonicalize().ok()?;
    let folder = binary.parent()?.parent()?.join("lib/flatbench");
    (!matches!(Shelf::open(&folder), Ok(None))).then_some(folder)
}
