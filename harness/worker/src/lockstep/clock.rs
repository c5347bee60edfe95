use std::cell::Cell;
use std::time::{Duration, Instant};

/// Time that one run spends, as opposed to time that passes: it stands still while other runs have the thread.
#[derive(Debug)]
pub struct RunClock {
    spent: Cell<Duration>,
    since: Cell<Instant>,
}

impl RunClock {
    /// A clock that has just begun to go.
    pub fn new() -> Self {
        RunClock { spent: Cell::new(Duration::ZERO), since: Cell::new(Instant::now()) }
    }

    /// Time spent, read while the clock goes.
    pub fn elapsed(&self) -> Duration {
        self.spent.get() + self.since.get().elapsed()
    }

    /// Stops it.
    pub(super) fn pause(&self, at: Instant) {
        self.charge(at.saturating_duration_since(self.since.get()));
    }

    /// Lets it go on.
    pub(super) fn resume(&self, at: Instant) {
        self.since.set(at);
    }

    /// Adds time that was spent for the run, though not by it.
    pub(super) fn charge(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }
}

impl Default for RunClock {
    fn default() -> Self {
        RunClock::new()
    }
}
