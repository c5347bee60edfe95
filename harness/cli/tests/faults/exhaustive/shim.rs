//! The library that makes one call of the operating system fail, and what it tells.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// Kinds of calls in the order of the library, and what each can fail with.
pub const KINDS: [(&str, &[Error]); 22] = [
    ("open", &[Error::TooManyFiles, Error::InputOutput]),
    ("read", &[Error::InputOutput, Error::Interrupted]),
    ("list", &[Error::InputOutput]),
    ("write", &[Error::NoSpace, Error::InputOutput, Error::Interrupted, Error::Half]),
    ("copy", &[Error::NoSpace, Error::AcrossDisks]),
    ("sync", &[Error::InputOutput]),
    ("rename", &[Error::NoSpace]),
    ("remove", &[Error::InputOutput]),
    ("make", &[Error::NoSpace]),
    ("resize", &[Error::InputOutput]),
    ("lock", &[Error::NoLocks]),
    ("look", &[Error::InputOutput]),
    ("spawn", &[Error::TryAgain]),
    ("pipe", &[Error::TooManyFiles]),
    ("thread", &[Error::TryAgain]),
    ("wait", &[Error::Interrupted]),
    ("signal", &[Error::Invalid]),
    ("map", &[Error::NoMemory]),
    ("load", &[Error::NoMemory]),
    ("large", &[Error::NoMemory]),
    ("die", &[Error::Death]),
    ("allocate", &[Error::Death]),
];

/// What becomes of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    Interrupted,
    InputOutput,
    TryAgain,
    NoMemory,
    AcrossDisks,
    Invalid,
    TooManyFiles,
    NoSpace,
    NoLocks,
    /// Half of a write is done, and said so.
    Half,
    /// The process ends.
    Death,
}

impl Error {
    /// Value of `errno` on Linux.
    pub fn number(self) -> i32 {
        match self {
            Error::Interrupted => 4,
            Error::InputOutput => 5,
            Error::TryAgain => 11,
            Error::NoMemory => 12,
            Error::AcrossDisks => 18,
            Error::Invalid => 22,
            Error::TooManyFiles => 24,
            Error::NoSpace => 28,
            Error::NoLocks => 37,
            Error::Half | Error::Death => 0,
        }
    }

    /// Whether whoever calls has to go on as if nothing had happened.
    pub fn is_harmless(self) -> bool {
        matches!(self, Error::Interrupted | Error::Half)
    }
}

/// Which call fails, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub kind: &'static str,
    /// Which one of its kind, from 1.
    pub number: u64,
    pub error: Error,
}

/// The compiled library.
pub struct Shim {
    library: PathBuf,
}

/// What a command did under the library.
pub struct Told {
    /// Calls by kind, in the order of [`KINDS`].
    pub counts: Vec<u64>,
    /// The call that failed, by function and file.
    pub struck: Option<String>,
}

impl Shim {
    /// Compiles it into a folder.
    pub fn compile(folder: &Path) -> Self {
        let library = folder.join("fails-once.so");
        let source = root().join("harness/fixtures/c/fails-once.c");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let mut command = Command::new(compiler);
        let compiled = command.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
        assert!(compiled.expect("a C compiler").success());
        Shim { library }
    }

    /// Has a call of the processes of a role fail in what a command starts, or only counts them; `state` is a file for this.
    pub fn arm(&self, command: &mut Command, role: &str, state: &Path, point: Option<Point>) {
        std::fs::write(state, [0; 4096]).expect("a writable folder");
        command.env("LD_PRELOAD", &self.library).env("FLATBENCH_FAULT_ROLE", role).env("FLATBENCH_FAULT_STATE", state);
        if let Some(point) = point {
            command.env("FLATBENCH_FAULT_KIND", point.kind).env("FLATBENCH_FAULT_NUMBER", point.number.to_string());
            command.env("FLATBENCH_FAULT_ERROR", point.error.number().to_string());
        }
    }
}

impl Told {
    /// Reads what the library left in its file of state.
    pub fn read(state: &Path) -> Self {
        let bytes = std::fs::read(state).expect("the state");
        let number = |index: usize| {
            let bytes = bytes[8 * index..8 * index + 8].try_into().expect("eight bytes");
            u64::from_ne_bytes(bytes)
        };
        let counts = (0..KINDS.len()).map(number).collect();
        let text = bytes[8 * (KINDS.len() + 1)..].split(|&byte| byte == 0).next().unwrap_or_default();
        let struck = (number(KINDS.len()) > 0).then(|| String::from_utf8_lossy(text).trim().to_owned());
        Told { counts, struck }
    }
}
