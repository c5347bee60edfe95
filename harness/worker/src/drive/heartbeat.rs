use std::time::{Duration, Instant};

/// Time between two signs of life.
const INTERVAL: Duration = Duration::from_millis(250);

/// A sign of life of a run.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// Completed steps.
    pub steps: u64,
    /// Budget spent.
    pub gradient_equivalents: f64,
    /// Seconds of the run's own, measurements included.
    pub seconds: f64,
}

/// Tells a listener of a run, though not more often than it wants to hear.
pub(super) struct Heartbeat<'a> {
    listener: &'a mut dyn FnMut(Pulse),
    heard: Instant,
}

impl<'a> Heartbeat<'a> {
    pub(super) fn new(listener: &'a mut dyn FnMut(Pulse)) -> Self {
        Heartbeat { listener, heard: Instant::now() }
    }

    /// Passes a sign of life on if it is time.
    pub(super) fn beat(&mut self, pulse: impl FnOnce() -> Pulse) {
        if self.heard.elapsed() > INTERVAL {
            self.heard = Instant::now();
            (self.listener)(pulse());
        }
    }
}
