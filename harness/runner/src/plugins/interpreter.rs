use std::cell::OnceCell;
use std::path::Path;
use std::time::Duration;

use super::PluginError;
use super::child::{Child, End, watch};
use crate::program::Program;

/// What an interpreter of Python may take to import something large from a slow disk.
pub(crate) const IMPORT: Duration = Duration::from_secs(120);

/// The interpreter that plugins in Python need: where it is, and whether it has what is needed.
#[derive(Clone, Debug)]
pub struct Interpreter {
    program: Program,
    /// The version of the package that goes with this program.
    version: &'static str,
    checked: OnceCell<Result<(), Unfit>>,
}

/// Why an interpreter cannot be used.
#[derive(Clone, Debug)]
enum Unfit {
    Absent(String),
    Old,
    NoPackage,
    Version(String),
    Broken { reason: String, text: String },
}

impl Interpreter {
    /// One that has to be looked at before it is used: `program` is the package `flatbench` in it, which has to be of this version.
    pub fn foreign(program: Program, version: &'static str) -> Self {
        Interpreter { program, version, checked: OnceCell::new() }
    }

    /// The one that this process is.
    pub fn own(program: Program, version: &'static str) -> Self {
        Interpreter { program, version, checked: Ok(()).into() }
    }

    /// The package in it, as a program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Starts it with these arguments; `plugin` is what for.
    pub(super) fn run(&self, arguments: &[&std::ffi::OsStr], plugin: &Path) -> Result<Child, PluginError> {
        self.check(plugin)?;
        watch(self.program.command().args(arguments), IMPORT).map_err(|error| self.said(plugin, absent(&error)))
    }

    /// Whether it is there and has the package in the right version; it is looked at once. `plugin` is what needs it.
    pub(super) fn check(&self, plugin: &Path) -> Result<(), PluginError> {
        self.checked.get_or_init(|| self.look()).clone().map_err(|unfit| self.said(plugin, unfit))
    }

    fn look(&self) -> Result<(), Unfit> {
        let child = watch(self.program.command().arg("--version"), IMPORT).map_err(|error| absent(&error))?;
        let words = child.last_words();
        if child.end == End::Status(0) {
            // What starts with every interpreter of a user may print as well.
            let told = child.stdout.lines().find_map(|line| line.trim().strip_prefix("flatbench "));
            return match told {
                Some(version) if version == self.version => Ok(()),
                Some(version) => Err(Unfit::Version(version.to_owned())),
                None => Err(Unfit::Broken { reason: "it does not tell its version".to_owned(), text: child.printed() }),
            };
        }
        if child.stderr.lines().any(|line| line.trim() == "Unknown option: -P") {
            return Err(Unfit::Old);
        }
        if words.ends_with("No module named flatbench") || words.contains("'flatbench' is a package and cannot be") {
            return Err(Unfit::NoPackage);
        }
        let reason = match child.end {
            End::TimedOut => format!("no answer after {} s", IMPORT.as_secs()),
            End::Died(death) => death,
            End::Status(_) if !words.is_empty() => words,
            End::Status(status) => format!("it exits with status {status}"),
        };
        Err(Unfit::Broken { reason, text: child.stderr })
    }

    fn said(&self, plugin: &Path, unfit: Unfit) -> PluginError {
        let (plugin, interpreter) = (plugin.to_owned(), self.program.executable.clone());
        let version = self.version;
        match unfit {
            Unfit::Absent(reason) => PluginError::NoInterpreter { plugin, interpreter, reason },
            Unfit::Old => {
                let reason = "it is older than Python 3.11".to_owned();
                PluginError::NoInterpreter { plugin, interpreter, reason }
            }
            Unfit::NoPackage => PluginError::NoPackage { plugin, interpreter, version },
            Unfit::Version(found) => PluginError::OtherPackage { plugin, interpreter, found, version },
            Unfit::Broken { reason, text } => PluginError::BrokenPackage { plugin, interpreter, reason, text },
        }
    }
}

fn absent(error: &std::io::Error) -> Unfit {
    Unfit::Absent(error.to_string())
}
