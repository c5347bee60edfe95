//! Child processes that touch a library: it may crash them, hang them, or flood their output.

use std::io::{ErrorKind, Read};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::household::Household;
use crate::interruption;
use crate::last_words::last_words;
use crate::supervisor::{death_in_words, is_from_outside};

/// Bytes at the end of a stream that are kept.
const KEPT: usize = 1 << 20;

/// Lines of them that are shown.
const SHOWN: usize = 20;

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With this status.
    Status(i32),
    /// By a signal; in words.
    Died(String),
    /// It was killed after the time limit.
    TimedOut,
}

/// A child that is no more.
#[derive(Clone, Debug)]
pub struct Child {
    /// How it ended.
    pub end: End,
    /// The last of what it wrote to standard output.
    pub stdout: String,
    /// The last of what it wrote to standard error.
    pub stderr: String,
}

impl Child {
    /// The last lines of either stream, indented, those of standard error last. Empty where there are none.
    pub fn printed(&self) -> String {
        last_lines(&self.stdout, 0) + &last_lines(&self.stderr, 0)
    }

    /// The last lines on standard error, such as a traceback, as a paragraph below an error that is the very last line
    /// ([`last_words`](Child::last_words)). Empty where there are none.
    pub fn printed_before(&self) -> String {
        let lines = last_lines(&self.stderr, 1);
        if lines.is_empty() { lines } else { format!("\n  it printed\n{}", lines.trim_end()) }
    }

    /// The last line on standard error, or the message of a panic there, shortened.
    pub fn last_words(&self) -> String {
        last_words(&self.stderr, 400).unwrap_or_default()
    }
}

/// Up to [`SHOWN`] lines that are not blank at the end of a text, without the last `but` of them.
fn last_lines(text: &str, but: usize) -> String {
    let mut lines: Vec<&str> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).skip(but).take(SHOWN).collect();
    lines.reverse();
    lines.into_iter().map(|line| format!("    {line}\n")).collect()
}

/// A process that does not outlive its value, whatever happens between its start and its end.
pub(super) struct Guarded(pub(super) std::process::Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        // Of a process that was waited for nothing is left.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How long streams are read on once the child is gone: a process that it left behind may hold them for ever.
const GRACE: Duration = Duration::from_millis(500);

/// How often a child is started that others end.
const ATTEMPTS: usize = 5;

/// Runs a command to its end, or kills it after the time limit; what it has started goes with it. One that is ended from outside, when
/// memory is short or by a batch system, is started again: that says nothing about what it was looking at.
///
/// # Errors
/// The child cannot be started, listened to or waited for.
pub fn watch(command: &mut Command, limit: Duration) -> std::io::Result<Child> {
    let mut attempt = 1;
    loop {
        let (child, by_others) = watch_once(command, limit)?;
        if !by_others || attempt == ATTEMPTS || interruption::has_come() {
            return Ok(child);
        }
        attempt += 1;
    }
}

/// How a child ended, and whether others ended it.
fn watch_once(command: &mut Command, limit: Duration) -> std::io::Result<(Child, bool)> {
    let household = Household::new();
    let child = household.spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let Guarded(child) = &mut Guarded(child);
    let stdout = child.stdout.take().map(Stream::follow).transpose()?;
    let stderr = child.stderr.take().map(Stream::follow).transpose()?;
    let deadline = Instant::now() + limit;
    let (end, by_others) = loop {
        if let Some(status) = child.try_wait()? {
            let end = status.code().map_or_else(|| End::Died(death_in_words(status)), End::Status);
            break (end, is_from_outside(status));
        }
        // Whoever stops everything wants no more of this child either.
        if Instant::now() > deadline || interruption::has_come() {
            break (End::TimedOut, false);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    household.end(child);
    let deadline = Instant::now() + GRACE;
    let text = |stream: Option<Stream>| stream.map_or_else(|| Ok(String::new()), |stream| stream.text(deadline));
    Ok((Child { end, stdout: text(stdout)?, stderr: text(stderr)? }, by_others))
}

/// Runs a command of the system's to its end: its status, and all that it printed. [`Command::output`] panics where that
/// cannot be read.
///
/// # Errors
/// As [`watch`].
pub(super) fn output(command: &mut Command) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().map(read_on_thread).transpose();
    let stderr = child.stderr.take().map(read_on_thread).transpose();
    let (stdout, stderr) = (stdout.and_then(all_of), stderr.and_then(all_of));
    // Even if nothing more is to be had from it: a compiler that is killed leaves its temporary files.
    let status = child.wait()?;
    Ok(Output { status, stdout: stdout?, stderr: stderr? })
}

/// The last part of what comes through a pipe.
struct Stream {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<std::io::Result<()>>,
}

impl Stream {
    /// Reads on a thread of its own; of a long text only [`KEPT`] bytes are sure to be kept.
    fn follow(mut pipe: impl Read + Send + 'static) -> std::io::Result<Self> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = kept.clone();
        let reader = std::thread::Builder::new().spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = match pipe.read(&mut buffer) {
                    Ok(0) => return Ok(()),
                    Ok(read) => read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(error),
                };
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&buffer[..read]);
                if kept.len() > 2 * KEPT {
                    let excess = kept.len() - KEPT;
                    kept.drain(..excess);
                }
            }
        })?;
        Ok(Stream { kept, reader })
    }

    /// What has come by the end of the pipe, or until `deadline`.
    fn text(self, deadline: Instant) -> std::io::Result<String> {
        while !self.reader.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.reader.is_finished() {
            // A thread that only reads has no reason to panic.
            self.reader.join().unwrap_or_else(|_| Err(ErrorKind::Other.into()))?;
        }
        Ok(String::from_utf8_lossy(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)).into_owned())
    }
}

type Reader = JoinHandle<std::io::Result<Vec<u8>>>;

/// Reads a pipe to its end.
fn read_on_thread(mut pipe: impl Read + Send + 'static) -> std::io::Result<Reader> {
    std::thread::Builder::new().spawn(move || {
        let (mut text, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return Ok(text),
                Ok(read) => text.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    })
}

fn all_of(reader: Option<Reader>) -> std::io::Result<Vec<u8>> {
    // A thread that only reads has no reason to panic.
    reader.map_or(Ok(Vec::new()), |thread| thread.join().unwrap_or_else(|_| Err(ErrorKind::Other.into())))
}
