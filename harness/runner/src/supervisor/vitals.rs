use std::time::{Duration, Instant};

/// Without a beat for this long a process is taken to stand still. Workers beat twice a second, on a thread of their own.
const FAINT: Duration = Duration::from_secs(3);
/// Beats before anything can be said.
const ENOUGH: u32 = 3;
/// Share of a processor above which a process counts as busy, low because the machine may be crowded.
const BUSY: f64 = 0.02;

/// What the beats of a worker tell: the process is alive as long as they come, whatever its plugin is doing.
#[derive(Clone, Debug, Default)]
pub(super) struct Vitals {
    last: Option<Beat>,
    /// The first beat with the number of steps that the last one has.
    arrived: Option<Beat>,
    beats: u32,
}

/// What one beat tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    pub(super) at: Instant,
    pub(super) steps: u64,
    pub(super) processor_seconds: f64,
    /// Of the host's own work so far.
    pub(super) measuring_seconds: f64,
    /// Of that, without a break until now; 0 if a plugin has the time.
    pub(super) measuring_for: f64,
}

/// What a worker that has to be killed was doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    /// Too little was heard to say.
    Unknown,
    /// The process itself had stopped.
    StandingStill,
    /// Steps were being completed.
    Slow,
    /// It was in one step, computing.
    Busy,
    /// It was in one step, waiting.
    Idle,
}

impl std::fmt::Display for Condition {
    /// A clause to add to a sentence.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Condition::Unknown => "",
            Condition::StandingStill => "; the whole process stood still",
            Condition::Slow => "; slow, not hung: it was still completing steps",
            Condition::Busy => "; hung in one step with the processor busy (an endless loop?)",
            Condition::Idle => "; hung in one step with the processor idle (a sleep or a deadlock?)",
        })
    }
}

impl Vitals {
    /// A beat arrived.
    pub(super) fn beat(&mut self, beat: Beat) {
        if self.last.is_none_or(|last| last.steps != beat.steps) {
            self.arrived = Some(beat);
        }
        self.last = Some(beat);
        self.beats += 1;
    }

    /// Seconds that the process has spent on the host's own work, taking it that it is still doing what it last did.
    pub(super) fn measured(&self, now: Instant) -> f64 {
        self.last.map_or(0.0, |last| last.measuring_seconds) + (self.measuring_for(now) - self.last_break())
    }

    /// Seconds that it has been at such work without a break.
    pub(super) fn measuring_for(&self, now: Instant) -> f64 {
        match self.last {
            Some(last) if last.measuring_for > 0.0 => {
                last.measuring_for + now.saturating_duration_since(last.at).as_secs_f64()
            }
            _ => 0.0,
        }
    }

    fn last_break(&self) -> f64 {
        self.last.map_or(0.0, |last| last.measuring_for)
    }

    /// Something else begins: what was heard so far says nothing about it.
    pub(super) fn restart(&mut self) {
        self.arrived = self.last;
        self.beats = 0;
    }

    /// The listener was away for some time, in which nothing could be heard.
    pub(super) fn forgive(&mut self, time: Duration) {
        for beat in self.last.iter_mut().chain(&mut self.arrived) {
            beat.at += time;
        }
    }

    /// Whether no beat has come for `patience`, after some had.
    pub(super) fn stands_still(&self, now: Instant, patience: Duration) -> bool {
        self.last.is_some_and(|last| now.saturating_duration_since(last.at) >= patience)
    }

    pub(super) fn condition(&self, now: Instant) -> Condition {
        let (Some(last), Some(arrived)) = (self.last, self.arrived) else { return Condition::Unknown };
        if self.stands_still(now, FAINT) {
            return Condition::StandingStill;
        }
        let waited = last.at.saturating_duration_since(arrived.at).as_secs_f64();
        match last.processor_seconds - arrived.processor_seconds {
            _ if self.beats < ENOUGH => Condition::Unknown,
            _ if waited == 0.0 => Condition::Slow,
            busy if busy / waited > BUSY => Condition::Busy,
            _ => Condition::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(at: Instant, steps: u64, processor_seconds: f64) -> Beat {
        Beat { at, steps, processor_seconds, measuring_seconds: 0.0, measuring_for: 0.0 }
    }

    /// Condition after beats twice a second, and `silence` seconds without.
    fn after(beats: &[(u64, f64)], silence: f64) -> Condition {
        let (mut vitals, mut now) = (Vitals::default(), Instant::now());
        for &(steps, processor_seconds) in beats {
            now += Duration::from_millis(500);
            vitals.beat(beat(now, steps, processor_seconds));
        }
        vitals.condition(now + Duration::from_secs_f64(silence))
    }

    #[test]
    fn a_hung_worker_is_told_from_a_slow_one_and_from_one_that_stands_still() {
        assert_eq!(after(&[], 60.0), Condition::Unknown);
        assert_eq!(after(&[(5, 0.1), (5, 0.6)], 0.2), Condition::Unknown);
        assert_eq!(after(&[(5, 0.1), (5, 0.6), (5, 1.0), (5, 1.5)], 0.2), Condition::Busy);
        assert_eq!(after(&[(5, 0.1), (5, 0.1), (5, 0.101), (5, 0.102)], 0.2), Condition::Idle);
        assert_eq!(after(&[(5, 0.1), (6, 0.6), (7, 1.0)], 0.2), Condition::Slow);
        assert_eq!(after(&[(5, 0.1), (6, 0.6), (7, 1.0)], 4.0), Condition::StandingStill);
    }

    #[test]
    fn the_hosts_work_goes_on_between_beats_and_a_plugins_does_not() {
        let now = Instant::now();
        let mut vitals = Vitals::default();
        vitals.beat(Beat { measuring_seconds: 3.0, measuring_for: 1.0, ..beat(now, 1, 0.1) });
        let later = now + Duration::from_secs(2);
        assert_eq!((vitals.measured(later), vitals.measuring_for(later)), (5.0, 3.0));
        vitals.beat(Beat { measuring_seconds: 5.5, ..beat(later, 1, 0.1) });
        assert_eq!((vitals.measured(later + Duration::from_secs(9)), vitals.measuring_for(later)), (5.5, 0.0));
    }

    #[test]
    fn time_in_which_nobody_listened_is_not_held_against_it() {
        let now = Instant::now();
        let mut vitals = Vitals::default();
        vitals.beat(beat(now, 1, 0.1));
        let later = now + Duration::from_secs(3600);
        assert!(vitals.stands_still(later, Duration::from_secs(20)));
        vitals.forgive(Duration::from_secs(3600));
        assert!(!vitals.stands_still(later, Duration::from_secs(20)));
    }
}
