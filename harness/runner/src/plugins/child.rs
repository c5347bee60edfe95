//! Child processes that touch a library: it may crash them, hang them, or flood their output.

use std::io::{ErrorKind, Read};
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::supervisor::death_in_words;

/// Bytes at the end of a stream that are kept.
const KEPT: usize = 1 << 20;

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
    /// The last line on standard error, shortened.
    pub fn last_words(&self) -> String {
        let words = self.stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        words.chars().take(400).collect()
    }
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

/// Runs a command to its end, or kills it after the time limit.
///
/// # Errors
/// The child cannot be started, listened to or waited for.
pub fn watch(command: &mut Command, limit: Duration) -> std::io::Result<Child> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let Guarded(child) = &mut Guarded(child);
    let stdout = child.stdout.take().map(|pipe| read_on_thread(pipe, KEPT)).transpose()?;
    let stderr = child.stderr.take().map(|pipe| read_on_thread(pipe, KEPT)).transpose()?;
    let deadline = Instant::now() + limit;
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break status.code().map_or_else(|| End::Died(death_in_words(status)), End::Status);
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            break End::TimedOut;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |reader| Ok::<_, std::io::Error>(String::from_utf8_lossy(&all_of(reader)?).into_owned());
    Ok(Child { end, stdout: text(stdout)?, stderr: text(stderr)? })
}

/// Runs a command of the system's to its end: its status, and all that it printed. [`Command::output`] panics where that
/// cannot be read.
///
/// # Errors
/// As [`watch`].
pub(super) fn output(command: &mut Command) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().map(|pipe| read_on_thread(pipe, usize::MAX)).transpose();
    let stderr = child.stderr.take().map(|pipe| read_on_thread(pipe, usize::MAX)).transpose();
    let (stdout, stderr) = (stdout.and_then(all_of), stderr.and_then(all_of));
    // Even if nothing more is to be had from it: a compiler that is killed leaves its temporary files.
    let status = child.wait()?;
    Ok(Output { status, stdout: stdout?, stderr: stderr? })
}

type Reader = JoinHandle<std::io::Result<Vec<u8>>>;

/// Reads a pipe to its end; of a long text only so many of the last bytes are sure to be kept.
fn read_on_thread(mut pipe: impl Read + Send + 'static, kept: usize) -> std::io::Result<Reader> {
    std::thread::Builder::new().spawn(move || {
        let (mut text, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return Ok(text),
                Ok(read) => text.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if text.len() / 2 > kept {
                text.drain(..text.len() - kept);
            }
        }
    })
}

fn all_of(reader: Option<Reader>) -> std::io::Result<Vec<u8>> {
    // A thread that only reads has no reason to panic.
    reader.map_or(Ok(Vec::new()), |thread| thread.join().unwrap_or_else(|_| Err(ErrorKind::Other.into())))
}
