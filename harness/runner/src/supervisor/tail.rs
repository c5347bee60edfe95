use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::last_words::last_words;

/// Bytes of a worker's output that are kept between two runs.
const KEPT: usize = 64 * 1024;

/// How long the last words may be, in characters.
const LENGTH: usize = 300;

/// How old the last words of a worker may be.
const RECENT: Duration = Duration::from_secs(2);

/// The last part of what a worker prints; the rest is counted.
#[derive(Clone, Default)]
pub(super) struct Tail(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Up to twice what is kept, so that a flood is copied once and not moved byte by byte.
    bytes: Vec<u8>,
    dropped: u64,
    ended: bool,
    /// The last words that were taken.
    taken: String,
    printed: Option<Instant>,
}

impl State {
    /// Drops all but the last part.
    fn shorten(&mut self) {
        let excess = self.bytes.len().saturating_sub(KEPT);
        self.bytes.drain(..excess);
        self.dropped += excess as u64;
    }
}

impl Tail {
    /// Reads a pipe to its end on a thread of its own.
    ///
    /// # Errors
    /// The system refuses the thread.
    pub(super) fn follow(mut pipe: impl Read + Send + 'static) -> std::io::Result<Self> {
        let tail = Tail::default();
        let shared = tail.clone();
        std::thread::Builder::new().spawn(move || {
            let mut buffer = vec![0; KEPT];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(n @ 1..) => shared.push(buffer.get(..n).unwrap_or_default()),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Ok(0) | Err(_) => break,
                }
            }
            shared.state(|state| state.ended = true);
        })?;
        Ok(tail)
    }

    fn push(&self, bytes: &[u8]) {
        self.state(|state| {
            state.printed = Some(Instant::now());
            state.bytes.extend_from_slice(bytes);
            if state.bytes.len() > 2 * KEPT {
                state.shorten();
            }
        });
    }

    /// Takes what was printed since the last call: the text, and how many bytes before it were dropped.
    pub(super) fn take(&self) -> (String, u64) {
        self.state(|state| {
            state.shorten();
            let text = String::from_utf8_lossy(&state.bytes).into_owned();
            state.bytes.clear();
            if let Some(line) = last_words(&text, LENGTH) {
                state.taken = line;
            }
            (text, std::mem::take(&mut state.dropped))
        })
    }

    /// What was printed last, if it is recent enough to be about what happened now. It may have been taken already:
    /// output and events come through two pipes, and nothing orders them.
    pub(super) fn last_words(&self) -> Option<String> {
        self.state(|state| {
            state.printed.filter(|printed| printed.elapsed() < RECENT)?;
            last_words(&String::from_utf8_lossy(&state.bytes), LENGTH)
                .or_else(|| Some(state.taken.clone()).filter(|line| !line.is_empty()))
        })
    }

    /// Waits until the pipe has ended, since the last words of a dead process may still be on their way.
    pub(super) fn wait(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !self.state(|state| state.ended) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn state<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
