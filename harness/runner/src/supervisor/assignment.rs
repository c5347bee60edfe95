use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Job, RunRequest};
use flatbench_records::{Dimensions, RunResult, Trajectory};

use super::vitals::Vitals;

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
    /// Whether other runs were under way with it at some time, so that its wall-clock time is not its own.
    pub(super) shared: bool,
    /// Seconds that the worker had spent on work of the host when it started.
    measured_before: f64,
    /// Where it stands, once its optimizer has stopped: from there on the host measures, and nothing else happens meanwhile.
    pub(super) stopped: Option<Stopped>,
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
            let (steps, seconds, stopped) = (0, 0.0, None);
            let activity =
                Activity { started: now, sign_of_life: now, steps, seconds, shared, measured_before, stopped };
            self.active.insert(key.to_owned(), activity);
        }
    }

    pub(super) fn beat(&mut self, key: &str, steps: u64, seconds: f64) {
        if let Some(activity) = self.active.get_mut(key) {
            activity.sign_of_life = Instant::now();
            activity.steps = steps;
            activity.seconds = seconds;
        }
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
        let measured = vitals.measured(now);
        let limit = patience.optimizing.as_secs_f64();
        let own = |activity: &Activity| (measured - activity.measured_before).max(0.0);
        let over_measuring = |activity: &Activity| match &activity.stopped {
            Some(stopped) if activity.shared => since(stopped.since) > measuring,
            Some(stopped) => since(stopped.since).max(own(activity)) > measuring,
            None => !activity.shared && own(activity) > measuring,
        };
        let over = |activity: &Activity| match (&activity.stopped, activity.shared) {
            (Some(_), _) => false,
            (None, true) => activity.seconds >= limit,
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

#[cfg(test)]
mod tests {
    use super::*;
    use flatbench_records::protocol::{Tier, VERSION};
    use flatbench_records::{Case, Init};

    use crate::supervisor::vitals::Beat;

    const LIMIT: Duration = Duration::from_secs(10);
    const PATIENCE: Patience = Patience { optimizing: LIMIT, measuring: Duration::from_secs(100) };

    /// Whether an optimizer is late in a worker that has measured nothing.
    fn late(job: &mut Assignment, now: Instant) -> bool {
        job.is_late(now, PATIENCE, &Vitals::default()) == Some(Late::Optimizer)
    }

    /// A worker that has measured so long, or has been at it for so long.
    fn vitals(measuring_seconds: f64, measuring_for: f64) -> Vitals {
        let mut vitals = Vitals::default();
        let at = Instant::now();
        vitals.beat(Beat { at, steps: 5, processor_seconds: 1.0, measuring_seconds, measuring_for });
        vitals
    }

    fn assignment(keys: &[&str]) -> Assignment {
        let run = |key: &&str| RunRequest {
            key: (*key).to_owned(),
            optimizer: "gd".to_owned(),
            library: "gd.so".into(),
            hyperparameters: BTreeMap::new(),
            stream_seed: 1,
        };
        let case = Case {
            name: "case".to_owned(),
            family: "matrix-sensing".to_owned(),
            parameters: BTreeMap::new(),
            init: Init::Large,
            budget: 1.0,
        };
        let job = Job {
            version: VERSION,
            id: 0,
            token: "t".to_owned(),
            case,
            instance_seed: 1,
            init_seed: 1,
            data_root: ".".into(),
            data: None,
            tier: Tier::Cheap,
            references: None,
            measuring_limit: 100.0,
            sparing: None,
            runs: keys.iter().map(run).collect(),
        };
        Assignment::new(job, true)
    }

    fn again(remains: &Remains) -> Vec<Vec<&str>> {
        remains.again.iter().map(|runs| runs.iter().map(|run| &*run.key).collect()).collect()
    }

    #[test]
    fn runs_that_took_turns_are_all_suspects_of_a_death() {
        let mut job = assignment(&["a", "b", "c", "d"]);
        for key in ["a", "b", "c"] {
            job.start(key, 0.0);
        }
        assert!(job.report("b").is_some());
        let remains = job.remains();
        assert!(remains.culprit.is_none());
        assert_eq!(again(&remains), [vec!["a"], vec!["c"], vec!["d"]]);
    }

    #[test]
    fn a_run_in_company_is_late_by_its_own_time_and_the_others_stay_together() {
        let mut job = assignment(&["a", "b", "c"]);
        for key in ["a", "b", "c"] {
            job.start(key, 0.0);
        }
        let later = Instant::now() + LIMIT - Duration::from_secs(1);
        for key in ["a", "b", "c"] {
            job.beat(key, 5, 9.0);
        }
        assert!(!late(&mut job, later), "27 s for three runs are within their limits");
        job.beat("b", 6, 10.0);
        assert!(late(&mut job, later));
        let remains = job.remains();
        assert_eq!(remains.culprit.as_ref().map(|(run, _)| &*run.key), Some("b"));
        assert_eq!(again(&remains), [vec!["a", "c"]]);
    }

    #[test]
    fn a_silent_group_is_taken_apart_and_a_run_alone_is_late_by_the_clock() {
        let mut job = assignment(&["a", "b"]);
        for key in ["a", "b"] {
            job.start(key, 0.0);
        }
        assert!(late(&mut job, Instant::now() + LIMIT));
        assert_eq!(again(&job.remains()), [vec!["a"], vec!["b"]]);

        let mut job = assignment(&["a", "b"]);
        job.start("a", 0.0);
        job.beat("a", 5, 0.5);
        assert!(!late(&mut job, Instant::now()));
        assert!(late(&mut job, Instant::now() + LIMIT));
        let remains = job.remains();
        assert_eq!(remains.culprit.as_ref().map(|(run, _)| &*run.key), Some("a"));
        assert_eq!(again(&remains), [vec!["b"]]);
    }

    #[test]
    fn time_in_which_the_supervisor_was_stopped_makes_nobody_late() {
        let mut job = assignment(&["a"]);
        job.start("a", 0.0);
        let asleep = Duration::from_secs(3600);
        assert!(late(&mut job, Instant::now() + asleep));
        job.forgive(asleep);
        assert!(!late(&mut job, Instant::now() + asleep));
        assert!(late(&mut job, Instant::now() + asleep + LIMIT));
    }

    #[test]
    fn what_the_host_measures_is_not_the_optimizers() {
        let mut job = assignment(&["a"]);
        job.start("a", 2.0);
        let later = Instant::now() + LIMIT + Duration::from_secs(1);
        assert!(late(&mut job, later));
        assert_eq!(job.is_late(later, PATIENCE, &vitals(5.0, 0.0)), None, "3 of the 11 s are the host's");
        assert_eq!(job.is_late(later, PATIENCE, &vitals(4.0, 2.0)), None, "and so is what it is doing now");
        let long = Instant::now() + Duration::from_secs(102);
        assert_eq!(job.is_late(long, PATIENCE, &vitals(4.0, 2.0)), Some(Late::Measuring));
    }

    #[test]
    fn a_run_that_is_measured_is_late_by_the_budget_of_the_host_and_keeps_what_is_known() {
        let mut job = assignment(&["a", "b"]);
        for key in ["a", "b"] {
            job.start(key, 0.0);
        }
        let result = || Box::new(RunResult::ended(flatbench_records::Outcome::Completed, ""));
        job.stop("a", result(), Some(Trajectory::default()));
        job.stop("a", result(), None);
        let later = Instant::now() + 5 * LIMIT;
        assert_eq!(job.is_late(later, PATIENCE, &Vitals::default()), None, "not even a silent group");
        let long = Instant::now() + Duration::from_secs(102);
        assert_eq!(job.is_late(long, PATIENCE, &Vitals::default()), Some(Late::Measuring));
        let remains = job.remains();
        let (run, activity) = remains.culprit.as_ref().expect("the one that was measured");
        assert!(run.key == "a" && activity.as_ref().unwrap().stopped.as_ref().unwrap().trajectory.is_some());
        assert_eq!(again(&remains), [vec!["b"]]);
    }
}
