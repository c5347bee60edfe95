//! The one way to standard output and standard error. A reader that goes away (`flatbench list families | head -1`) is no fault:
//! what is left to say is dropped, and the command ends as it would have. Any other trouble, such as a full disk, is told
//! at the end and decides the exit status.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use flatbench_records::plain;
use serde::Serialize;

use crate::status::{Failure, TROUBLE};

/// What went wrong with standard output first: nothing is written to it after that.
static BROKEN: Mutex<Option<std::io::Error>> = Mutex::new(None);

/// `print!` that does not panic, and shows control characters instead of sending them to a terminal.
macro_rules! out {
    ($($argument:tt)*) => { $crate::output::print(format_args!($($argument)*), "") };
}

/// [`out!`] and a line end.
macro_rules! outln {
    () => { $crate::output::print(format_args!(""), "\n") };
    ($($argument:tt)*) => { $crate::output::print(format_args!($($argument)*), "\n") };
}

/// `eprintln!` that does not panic, and shows control characters.
macro_rules! errln {
    ($($argument:tt)*) => { $crate::output::tell(&$crate::output::line(format_args!($($argument)*))) };
}

pub(crate) use {errln, out, outln};

/// Prints text and what ends it, without control characters.
pub fn print(text: Arguments<'_>, end: &str) {
    write((plain(&text.to_string()).into_owned() + end).as_bytes());
}

/// Prints data as indented JSON.
pub fn json(data: &(impl Serialize + ?Sized)) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(data).map_err(Failure::trouble)?;
    outln!("{text}");
    Ok(())
}

/// A line for [`tell`], without control characters.
pub fn line(text: Arguments<'_>) -> String {
    plain(&text.to_string()).into_owned() + "\n"
}

/// Writes to standard error as it is: what it says in colours is flatbench's own. Where nobody listens there is nobody to tell.
pub fn tell(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes bytes to standard output.
pub fn write(bytes: &[u8]) {
    note(|output| output.write_all(bytes));
}

/// Clears a terminal, for what is shown again and again: to the upper left, and nothing below it.
pub fn clear() {
    write(b"\x1b[H\x1b[2J");
}

/// Prints help, a version, or what is wrong with the arguments.
pub fn of_clap(said: &clap::Error) -> ExitCode {
    if said.use_stderr() {
        let _ = said.print();
    } else {
        note(|_| said.print());
    }
    u8::try_from(said.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Writes what is still on its way. `Some`: that, or something before it, failed; it is told, and the status is to be returned.
pub fn finish() -> Option<ExitCode> {
    note(|output| output.flush());
    let broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let error = broken.as_ref().filter(|error| error.kind() != ErrorKind::BrokenPipe)?;
    errln!("error: cannot write to standard output: {error}");
    Some(ExitCode::from(TROUBLE))
}

fn note(action: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if broken.is_none() {
        *broken = action(&mut std::io::stdout().lock()).err();
    }
}
