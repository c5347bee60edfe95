#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Job, RunRequest};
use flatbench_records::{Dimensions, Factor, Point, Points, RunResult, Trajectory};

use super::vitals::Vitals;
use crate::plugins::IMPORT;

/// Least time for what precedes the first run of a job: drawing the instance and solving its references.
const PREPARATION: Duration = Duration::from_secs(300);
/// What a worker that keeps the time for measuring itself may take longer.
const COURTESY: Duration = Duration::from_secs(1);

/// A run in progress.
pub(super) struct Activity {
    pub(super) started: Instant,
    pub(super) sign_of_life: Instant,
    pub(super) steps: u64,
    /// Seconds of its optimizer, as the worker last told.
    pub(super) seconds: f64,
    /// Seconds among them for which it was excused: the worker's clock goes on while the worker is stopped.
    excused: f64,
    /// Whether other runs were under way with it at some time, so that its wall-clock time is not its own.
    pub(super) shared: bool,
    /// Seconds that the worker had spent on work of the host when it started.
    measured_before: f64,
    /// Whether its library is being opened, which nothing else happens beside.
    pub(super) opening: bool,
    /// Where it stands, once its optimizer has stopped: from there on the host measures, and nothing else happens meanwhile.
    pub(super) stopped: Option<Stopped>,
    /// Its parameters as far as they were told.
    pub(super) points: Points,
}

/// A run whose optimizer has stopped.
pub(super) struct Stopped {
    since: Instant,
    pub(super) result: Box<RunResult>,
    pub(super) trajectory: Option<Trajectory>,
}

/// What runs may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The optimizer of each.
    pub(super) optimizing: Duration,
    /// The host, to measure each.
    pub(super) measuring: Duration,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// An optimizer.
    Optimizer,
    /// The host, while it measured a run.
    Measuring,
    /// The host, before any run had begun.
    Preparing,
}

/// A job in the hands of a worker.
pub(super) struct Assignment {
    pub(super) job: Job,
    /// Runs that are not reported yet, in order.
    pub(super) unreported: Vec<RunRequest>,
    /// Those of them that have begun.
    pub(super) active: BTreeMap<String, Activity>,
    pub(super) dimensions: Option<Dimensions>,
    /// When the worker last said anything about the job, and how many seconds it had spent on work of the host by then.
    heard: (Instant, f64),
    /// The run that is known to be over its time, or to have been measured at the end.
    accused: Option<String>,
    /// Whether it is the first one of its worker.
    pub(super) first: bool,
    /// Whether its plugin has changed the process.
    pub(super) changed: bool,
}

/// What to do with the runs of a worker that is no more.
pub(super) struct Remains {
    /// The one run that must have done it, with its progress if it had begun.
    pub(super) culprit: Option<(RunRequest, Option<Activity>)>,
    /// Runs to do again, each list as a job of its own.
    pub(super) again: Vec<Vec<RunRequest>>,
}

impl Assignment {
    pub(super) fn new(job: Job, first: bool) -> Self {
        Assignment {
            unreported: job.runs.clone(),
            job,
            active: BTreeMap::new(),
            dimensions: None,
            heard: (Instant::now(), 0.0),
            accused: None,
            first,
            changed: false,
        }
    }

    /// Whether a worker was started for its only run, so that nothing else can be to blame for what happens.
    pub(super) fn is_apart(&self) -> bool {
        self.first && self.job.runs.len() == 1
    }

    /// Makes allowance for time in which nobody listened to the worker.
    pub(super) fn forgive(&mut self, time: Duration) {
        self.heard.0 += time;
        for activity in self.active.values_mut() {
            activity.started += time;
            activity.sign_of_life += time;
            activity.excused += time.as_secs_f64();
            if let Some(stopped) = &mut activity.stopped {
                stopped.since += time;
            }
        }
    }

    pub(super) fn hear(&mut self, vitals: &Vitals) {
        let now = Instant::now();
        self.heard = (now, vitals.measured(now));
    }

    pub(super) fn start(&mut self, key: &str, measured_before: f64) {
        if self.unreported.iter().any(|run| run.key == key) {
            let now = Instant::now();
            let shared = !self.active.is_empty();
            self.active.values_mut().for_each(|other| other.shared = true);
            let activity = Activity {
                started: now,
                sign_of_life: now,
                steps: 0,
                seconds: 0.0,
                excused: 0.0,
                shared,
                measured_before,
                opening: false,
                stopped: None,
                points: Points::default(),
            };
            self.active.insert(key.to_owned(), activity);
        }
    }

    /// The library of a run is opened, which is not the time of its optimizer.
    pub(super) fn open(&mut self, key: &str) {
        if let Some(activity) = self.active.get_mut(key) {
            activity.opening = true;
        }
    }

    /// The time of the optimizer begins.
    pub(super) fn opened(&mut self, key: &str, measured_before: f64) {
        if let Some(activity) = self.active.get_mut(key) {
            let now = Instant::now();
            (activity.started, activity.sign_of_life) = (now, now);
            (activity.measured_before, activity.opening) = (measured_before, false);
        }
    }

    pub(super) fn beat(&mut self, key: &str, steps: u64, seconds: f64) {
        if let Some(activity) = self.active.get_mut(key) {
            activity.sign_of_life = Instant::now();
            activity.steps = steps;
            activity.seconds = seconds;
        }
    }

    /// Keeps a point of a run; whether that makes sense.
    pub(super) fn reach(&mut self, key: &str, point: Point, factors: Vec<Factor>, w: Vec<f64>) -> bool {
        self.active.get_mut(key).is_none_or(|activity| activity.points.add(point, factors, w))
    }

    /// Keeps what is known of a run whose optimizer has stopped. The trajectory comes with the first report.
    pub(super) fn stop(&mut self, key: &str, result: Box<RunResult>, trajectory: Option<Trajectory>) {
        if let Some(activity) = self.active.get_mut(key) {
            let before = activity.stopped.take();
            let since = before.as_ref().map_or_else(Instant::now, |before| before.since);
            let trajectory = trajectory.or_else(|| before.and_then(|before| before.trajectory));
            activity.steps = result.steps;
            activity.stopped = Some(Stopped { since, result, trajectory });
        }
    }

    /// Takes a run that has begun and was still to be reported; it no longer is.
    pub(super) fn report(&mut self, key: &str) -> Option<(RunRequest, Activity)> {
        let activity = self.active.remove(key)?;
        let place = self.unreported.iter().position(|run| run.key == key)?;
        Some((self.unreported.remove(place), activity))
    }

    /// What took too long, if the worker has to be killed.
    ///
    /// The time of an optimizer is what has passed less what the host has spent on work of its own, which the beats tell; of runs
    /// that take turns it is what the worker tells of each, and a worker that says nothing for the time of one run, although a plugin has
    /// it, is stuck in one of them.
    pub(super) fn is_late(&mut self, now: Instant, patience: Patience, vitals: &Vitals) -> Option<Late> {
        let since = |earlier: Instant| now.saturating_duration_since(earlier).as_secs_f64();
        let measuring = (patience.measuring + COURTESY).as_secs_f64();
        if self.active.is_empty() {
            let preparing = since(self.heard.0) >= measuring.max(PREPARATION.as_secs_f64());
            return preparing.then_some(Late::Preparing);
        }
        let limit = patience.optimizing.as_secs_f64();
        if let Some((key, activity)) = self.active.iter().find(|(_, activity)| activity.opening) {
            self.accused = (since(activity.started) >= limit.max(IMPORT.as_secs_f64())).then(|| key.clone());
            return self.accused.is_some().then_some(Late::Optimizer);
        }
        let measured = vitals.measured(now);
        let own = |activity: &Activity| (measured - activity.measured_before).max(0.0);
        let over_measuring = |activity: &Activity| match &activity.stopped {
            Some(stopped) if activity.shared => since(stopped.since) > measuring,
            Some(stopped) => since(stopped.since).max(own(activity)) > measuring,
            None => !activity.shared && own(activity) > measuring,
        };
        let over = |activity: &Activity| match (&activity.stopped, activity.shared) {
            (Some(_), _) => false,
            (None, true) => activity.seconds - activity.excused >= limit,
            (None, false) => since(activity.started) - own(activity) >= limit,
        };
        let find = |over: &dyn Fn(&Activity) -> bool| {
            self.active.iter().find(|(_, activity)| over(activity)).map(|(key, _)| key.clone())
        };
        if let Some(key) = find(&over_measuring) {
            self.accused = Some(key);
            return Some(Late::Measuring);
        }
        if let Some(key) = find(&over) {
            self.accused = Some(key);
            return Some(Late::Optimizer);
        }
        if self.active.values().any(|activity| activity.stopped.is_some()) {
            return None;
        }
        if vitals.measuring_for(now) > measuring {
            return Some(Late::Measuring);
        }
        let silent = since(self.heard.0) - (measured - self.heard.1).max(0.0);
        let shared = self.active.values().all(|activity| activity.shared);
        (shared && silent >= limit).then_some(Late::Optimizer)
    }

    /// Sorts the unreported runs into the culprit and those to do again. Runs that shared the worker are all suspects, unless
    /// one is over its time, or was being measured, when nothing else happens; several suspects are each to speak for themselves.
    pub(super) fn remains(mut self) -> Remains {
        let measured =
            || self.active.iter().find(|(_, activity)| activity.stopped.is_some()).map(|(key, _)| key.clone());
        self.accused = self.accused.take().or_else(measured);
        let suspected = |run: &RunRequest| match &self.accused {
            Some(accused) => &run.key == accused,
            None => self.active.is_empty() || self.active.contains_key(&run.key),
        };
        let (suspects, innocent): (Vec<_>, Vec<_>) = self.unreported.into_iter().partition(suspected);
        let mut remains = Remains { culprit: None, again: Vec::new() };
        if let [only] = suspects.as_slice() {
            remains.culprit = Some((only.clone(), self.active.remove(&only.key)));
        } else {
            remains.again.extend(suspects.into_iter().map(|run| vec![run]));
        }
        if !innocent.is_empty() {
            remains.again.push(innocent);
        }
        remains
    }
}
