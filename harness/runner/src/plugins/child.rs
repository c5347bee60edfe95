//! Child processes that touch a library: it may crash them, hang them, or flood their output.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::household::Household;
use crate::supervisor::death_in_words;

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

    /// The last line on standard error, shortened.
    pub fn last_words(&self) -> String {
        let words = self.stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        words.chars().take(400).collect()
    }
}

/// Up to [`SHOWN`] lines that are not blank at the end of a text, without the last `but` of them.
fn last_lines(text: &str, but: usize) -> String {
    let mut lines: Vec<&str> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).skip(but).take(SHOWN).collect();
    lines.reverse();
    lines.into_iter().map(|line| format!("    {line}\n")).collect()
}

/// How long streams are read on once the child is gone: a process that it left behind may hold them for ever.
const GRACE: Duration = Duration::from_millis(500);

/// Runs a command to its end, or kills it after the time limit; what it has started goes with it.
///
/// # Errors
/// The child cannot be started or waited for.
pub fn watch(command: &mut Command, limit: Duration) -> std::io::Result<Child> {
    let household = Household::new();
    let mut child = household.spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stdout = child.stdout.take().map(Stream::follow);
    let stderr = child.stderr.take().map(Stream::follow);
    let deadline = Instant::now() + limit;
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break status.code().map_or_else(|| End::Died(death_in_words(status)), End::Status);
        }
        if Instant::now() > deadline {
            break End::TimedOut;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    household.end(&mut child);
    let deadline = Instant::now() + GRACE;
    let text = |stream: Option<Stream>| stream.map_or_else(String::new, |stream| stream.text(deadline));
    Ok(Child { end, stdout: text(stdout), stderr: text(stderr) })
}

/// The last part of what comes through a pipe.
struct Stream {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Stream {
    /// Reads on a thread of its own.
    fn follow(mut pipe: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = kept.clone();
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            // A pipe that breaks ends the text; how the child ended says the rest.
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(&buffer[..read]);
                if kept.len() > 2 * KEPT {
                    let excess = kept.len() - KEPT;
                    kept.drain(..excess);
                }
            }
        });
        Stream { kept, reader }
    }

    /// What has come by the end of the pipe, or until `deadline`.
    fn text(self, deadline: Instant) -> String {
        while !self.reader.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        String::from_utf8_lossy(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}
