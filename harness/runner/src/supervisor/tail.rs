use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of a worker's output that are kept between two runs.
const KEPT: usize = 64 * 1024;

/// The last part of what a worker prints; the rest is counted.
#[derive(Clone, Default)]
pub(super) struct Tail(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    dropped: u64,
    ended: bool,
}

impl Tail {
    /// Reads a pipe to its end on a thread of its own.
    pub(super) fn follow(mut pipe: impl Read + Send + 'static) -> Self {
        let tail = Tail::default();
        let shared = tail.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = pipe.read(&mut buffer) {
                shared.push(&buffer[..n]);
            }
            shared.state(|state| state.ended = true);
        });
        tail
    }

    fn push(&self, bytes: &[u8]) {
        self.state(|state| {
            state.bytes.extend(bytes);
            let excess = state.bytes.len().saturating_sub(KEPT);
            state.bytes.drain(..excess);
            state.dropped += excess as u64;
        });
    }

    /// Takes what was printed since the last call: the text, and how many bytes before it were dropped.
    pub(super) fn take(&self) -> (String, u64) {
        self.state(|state| {
            let bytes: Vec<u8> = state.bytes.drain(..).collect();
            (String::from_utf8_lossy(&bytes).into_owned(), std::mem::take(&mut state.dropped))
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
