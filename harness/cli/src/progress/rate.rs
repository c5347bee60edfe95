//! How fast records come, and how long the others take at that pace.

use std::time::Instant;

use flatbench_report::short;

use crate::quantity::duration;

/// Records that came since a moment.
pub struct Rate {
    begun: Instant,
    /// When the last one came.
    last: Instant,
    records: usize,
}

impl Rate {
    /// From now on.
    pub fn new(now: Instant) -> Self {
        Rate { begun: now, last: now, records: 0 }
    }

    /// Takes in that so many more have come.
    pub fn add(&mut self, records: usize, now: Instant) {
        if records > 0 {
            (self.records, self.last) = (self.records + records, now);
        }
    }

    /// `12.3 runs/s`, once there is a pace.
    pub fn words(&self, now: Instant) -> Option<String> {
        let pace = self.records as f64 / now.duration_since(self.begun).as_secs_f64();
        (self.records > 0 && pace.is_finite()).then(|| format!("{} runs/s", short(pace)))
    }

    /// `about 40 s left` for so many runs, at the pace so far, and at least as long as nothing has come for: the last runs may be the
    /// longest.
    pub fn left(&self, runs: usize, now: Instant) -> Option<String> {
        if self.records == 0 || runs == 0 {
            return None;
        }
        let each = now.duration_since(self.begun).as_secs_f64() / self.records as f64;
        let seconds = (each * runs as f64).max(now.duration_since(self.last).as_secs_f64());
        Some(format!("about {} left", duration(seconds.max(1.0))))
    }
}
