use std::time::{Duration, Instant};

use flatbench_records::{Point, RunResult, Trajectory};

/// Time between two signs of life.
const INTERVAL: Duration = Duration::from_millis(250);

/// A sign of life of a run.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// Completed steps.
    pub steps: u64,
    /// Budget spent.
    pub gradient_equivalents: f64,
    /// Seconds of the optimizer; measurements are the host's.
    pub seconds: f64,
}

/// Who hears of a run while it is done.
pub trait Listener {
    /// It is alive.
    fn pulse(&mut self, pulse: Pulse);

    /// Its optimizer has stopped: the result as far as it is measured. The trajectory comes the first time, and is not returned
    /// by the run afterwards.
    fn stopped(&mut self, result: &RunResult, trajectory: Option<Trajectory>);

    /// One of its points is known. Told where the plan asks for parameters.
    fn reached(&mut self, _point: Point, _w: &[f64]) {}

    /// Whether [`stopped`](Listener::stopped) is to be told.
    fn wants_results(&self) -> bool {
        true
    }
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Listener for Silent {
    fn pulse(&mut self, _: Pulse) {}

    fn stopped(&mut self, _: &RunResult, _: Option<Trajectory>) {}

    fn wants_results(&self) -> bool {
        false
    }
}

/// Tells a listener of a run, though not more often than it wants to hear.
pub(super) struct Heartbeat<'a> {
    listener: &'a mut dyn Listener,
    heard: Instant,
}

impl<'a> Heartbeat<'a> {
    pub(super) fn new(listener: &'a mut dyn Listener) -> Self {
        Heartbeat { listener, heard: Instant::now() }
    }

    /// Passes a sign of life on if it is time.
    pub(super) fn beat(&mut self, pulse: impl FnOnce() -> Pulse) {
        if self.heard.elapsed() > INTERVAL {
            self.heard = Instant::now();
            self.listener.pulse(pulse());
        }
    }
}
