//! The worker's end of the protocol.

use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use flatbench_records::protocol::Event;

/// Longest token, in bytes.
const TOKEN: usize = 64;
/// A line that is written with its token in front is made up on the stack if it has at most so many bytes.
const SHORT: usize = 512;

/// Where events are written, by the worker's thread and by the one that beats.
pub(crate) struct Pipe(Mutex<State>);

struct State {
    file: File,
    /// What the job's events begin with, a space at its end; empty before the first job.
    token: Vec<u8>,
}

/// Takes standard output for the caller alone: what anything else prints goes to standard error from now on, so that nothing a
/// plugin prints can be mistaken for what the caller says; and its number is none that a program closes or writes to by mistake.
///
/// # Errors
/// The system refuses.
pub fn claim_stdout() -> std::io::Result<File> {
    let stdout = rustix::stdio::stdout();
    let own = 500 + (std::process::id() % 400) as i32;
    let file = [own, 100, 3].into_iter().find_map(|least| rustix::io::fcntl_dupfd_cloexec(stdout, least).ok());
    let file = file.ok_or(std::io::ErrorKind::Other)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(file.into())
}

impl Pipe {
    /// Takes standard output.
    pub(crate) fn claim() -> std::io::Result<Self> {
        Ok(Pipe(Mutex::new(State { file: claim_stdout()?, token: Vec::with_capacity(TOKEN + 1) })))
    }

    /// From here on events are those of a job.
    pub(crate) fn begin_job(&self, token: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.token.clear();
        state.token.extend_from_slice(&token.as_bytes()[..token.len().min(TOKEN)]);
        state.token.push(b' ');
    }

    /// Writes one event.
    pub(crate) fn send(&self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.write(&line)
    }

    /// Writes a line behind the token, in one call, so that a worker that dies leaves whole lines. Allocates nothing for short
    /// ones.
    pub(crate) fn write(&self, line: &[u8]) -> std::io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { file, token } = &mut *state;
        let length = token.len() + line.len();
        if length <= SHORT {
            let mut whole = [0; SHORT];
            whole[..token.len()].copy_from_slice(token);
            whole[token.len()..length].copy_from_slice(line);
            file.write_all(&whole[..length])
        } else {
            file.write_all(&[token, line].concat())
        }
    }
}
