//! Standard output and standard error. The standard library's macros panic where a line cannot be written; these, of the same
//! names, go on, and the program says in the end that its output is not whole.

use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use crate::status::Failure;

/// The first thing that went wrong on standard output.
static LOST: OnceLock<Error> = OnceLock::new();

macro_rules! print {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

macro_rules! println {
    () => { print!("\n") };
    ($($text:tt)*) => { print!("{}\n", format_args!($($text)*)) };
}

macro_rules! eprint {
    ($($text:tt)*) => { $crate::output::complain(format_args!($($text)*)) };
}

macro_rules! eprintln {
    ($($text:tt)*) => { eprint!("{}\n", format_args!($($text)*)) };
}

/// Writes to standard output.
pub fn write(text: Arguments) {
    note(std::io::stdout().lock().write_fmt(text));
}

/// Writes to standard error. Where nobody can be told, nothing is left to do.
pub fn complain(text: Arguments) {
    let _ = std::io::stderr().lock().write_fmt(text);
}

/// The status of the program, unless a part of its output is lost. A reader that went away has seen what it wanted.
pub fn conclude(status: ExitCode) -> ExitCode {
    note(std::io::stdout().lock().flush());
    match LOST.get() {
        Some(error) => Failure::trouble(anyhow::anyhow!("cannot write to standard output: {error}")).report(),
        None => status,
    }
}

fn note(written: std::io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error);
    }
}
