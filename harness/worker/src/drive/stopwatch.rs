use std::time::Duration;

use crate::beat;
use crate::lockstep::RunClock;

/// Whose time is whose: between [`start`](Stopwatch::start) and [`stop`](Stopwatch::stop) the time of a run is the
/// optimizer's, except for what [`measure`](Stopwatch::measure) is given.
pub(super) struct Stopwatch<'a> {
    clock: &'a RunClock,
    /// Reading of the clock at which the optimizer's time would have begun had nothing been measured since.
    since: Option<Duration>,
    optimizing: Duration,
    measuring: Duration,
}

impl<'a> Stopwatch<'a> {
    pub(super) fn new(clock: &'a RunClock) -> Self {
        Stopwatch { clock, since: None, optimizing: Duration::ZERO, measuring: Duration::ZERO }
    }

    /// From here on the optimizer has the time.
    pub(super) fn start(&mut self) {
        self.since = Some(self.clock.elapsed());
    }

    /// From here on it has not.
    pub(super) fn stop(&mut self) {
        self.optimizing = self.optimizing();
        self.since = None;
    }

    /// Does something that is the host's.
    pub(super) fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = self.clock.elapsed();
        let result = beat::measure(work);
        let taken = self.clock.elapsed() - begun;
        self.measuring += taken;
        self.since = self.since.map(|since| since + taken);
        result
    }

    /// Time of the optimizer so far.
    pub(super) fn optimizing(&self) -> Duration {
        self.optimizing + self.since.map_or(Duration::ZERO, |since| self.clock.elapsed().saturating_sub(since))
    }

    /// Time of the host so far.
    pub(super) fn measuring(&self) -> Duration {
        self.measuring
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_not_the_optimizers() {
        let nap = || std::thread::sleep(Duration::from_millis(30));
        let clock = RunClock::new();
        let mut stopwatch = Stopwatch::new(&clock);
        nap();
        assert_eq!(stopwatch.optimizing(), Duration::ZERO);
        stopwatch.start();
        nap();
        for _ in 0..3 {
            stopwatch.measure(nap);
        }
        stopwatch.stop();
        let optimizing = stopwatch.optimizing();
        stopwatch.measure(nap);
        assert_eq!(stopwatch.optimizing(), optimizing);
        assert!(optimizing >= Duration::from_millis(30) && optimizing < stopwatch.measuring(), "{optimizing:?}");
        assert!(stopwatch.measuring() >= Duration::from_millis(120));
    }
}
