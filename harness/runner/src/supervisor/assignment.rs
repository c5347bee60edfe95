use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_records::Dimensions;
use flatbench_records::protocol::{Job, RunRequest};

/// Least time for what precedes the first run of a job: drawing the instance and solving its references.
const PREPARATION: Duration = Duration::from_secs(300);

/// A run in progress.
pub(super) struct Activity {
    pub(super) started: Instant,
    pub(super) sign_of_life: Instant,
    pub(super) steps: u64,
    /// Seconds of its own, as the worker last told.
    pub(super) seconds: f64,
    /// Seconds among them for which it was excused: the worker's clock goes on while the worker is stopped.
    excused: f64,
    /// Whether other runs were under way with it at some time, so that its wall-clock time is not its own.
    pub(super) shared: bool,
}

/// A job in the hands of a worker.
pub(super) struct Assignment {
    pub(super) job: Job,
    /// Runs that are not reported yet, in order.
    pub(super) unreported: Vec<RunRequest>,
    /// Those of them that have begun.
    pub(super) active: BTreeMap<String, Activity>,
    pub(super) dimensions: Option<Dimensions>,
    /// When the worker last said anything about the job.
    heard: Instant,
    /// The run that is known to be over its time.
    accused: Option<String>,
    /// Whether it is the first one of its worker.
    pub(super) first: bool,
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
        let (unreported, heard) = (job.runs.clone(), Instant::now());
        Assignment { job, unreported, active: BTreeMap::new(), dimensions: None, heard, accused: None, first }
    }

    /// Makes allowance for time in which nobody listened to the worker.
    pub(super) fn forgive(&mut self, time: Duration) {
        self.heard += time;
        for activity in self.active.values_mut() {
            activity.started += time;
            activity.sign_of_life += time;
            activity.excused += time.as_secs_f64();
        }
    }

    pub(super) fn hear(&mut self) {
        self.heard = Instant::now();
    }

    pub(super) fn start(&mut self, key: &str) {
        if self.unreported.iter().any(|run| run.key == key) {
            let now = Instant::now();
            let shared = !self.active.is_empty();
            self.active.values_mut().for_each(|other| other.shared = true);
            self.active.insert(
                key.to_owned(),
                Activity { started: now, sign_of_life: now, steps: 0, seconds: 0.0, excused: 0.0, shared },
            );
        }
    }

    pub(super) fn beat(&mut self, key: &str, steps: u64, seconds: f64) {
        if let Some(activity) = self.active.get_mut(key) {
            activity.sign_of_life = Instant::now();
            activity.steps = steps;
            activity.seconds = seconds;
        }
    }

    /// Whether a run of that key was still to be reported; it no longer is.
    pub(super) fn report(&mut self, key: &str) -> bool {
        self.active.remove(key);
        let before = self.unreported.len();
        self.unreported.retain(|run| run.key != key);
        self.unreported.len() < before
    }

    /// Whether the worker has to be killed.
    ///
    /// Runs that take turns are late by their own time, which the worker tells; a worker that says nothing for the time of
    /// one run is stuck in one of them.
    pub(super) fn is_late(&mut self, now: Instant, time_limit: Duration) -> bool {
        let over = |activity: &Activity| match activity.shared {
            true => activity.seconds - activity.excused >= time_limit.as_secs_f64(),
            false => now >= activity.started + time_limit,
        };
        self.accused = self.active.iter().find(|(_, activity)| over(activity)).map(|(key, _)| key.clone());
        let patience = if self.active.is_empty() { time_limit.max(PREPARATION) } else { time_limit };
        let shared = self.active.values().all(|activity| activity.shared);
        self.accused.is_some() || shared && now >= self.heard + patience
    }

    /// Sorts the unreported runs into the culprit and those to do again. Runs that shared the worker are all suspects, unless
    /// one is over its time; several suspects are each to speak for themselves.
    pub(super) fn remains(mut self) -> Remains {
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

    const LIMIT: Duration = Duration::from_secs(10);

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
            case,
            instance_seed: 1,
            init_seed: 1,
            data_root: ".".into(),
            tier: Tier::Cheap,
            references: None,
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
            job.start(key);
        }
        assert!(job.report("b"));
        let remains = job.remains();
        assert!(remains.culprit.is_none());
        assert_eq!(again(&remains), [vec!["a"], vec!["c"], vec!["d"]]);
    }

    #[test]
    fn a_run_in_company_is_late_by_its_own_time_and_the_others_stay_together() {
        let mut job = assignment(&["a", "b", "c"]);
        for key in ["a", "b", "c"] {
            job.start(key);
        }
        let later = Instant::now() + LIMIT - Duration::from_secs(1);
        for key in ["a", "b", "c"] {
            job.beat(key, 5, 9.0);
        }
        assert!(!job.is_late(later, LIMIT), "27 s for three runs are within their limits");
        job.beat("b", 6, 10.0);
        assert!(job.is_late(later, LIMIT));
        let remains = job.remains();
        assert_eq!(remains.culprit.as_ref().map(|(run, _)| &*run.key), Some("b"));
        assert_eq!(again(&remains), [vec!["a", "c"]]);
    }

    #[test]
    fn a_silent_group_is_taken_apart_and_a_run_alone_is_late_by_the_clock() {
        let mut job = assignment(&["a", "b"]);
        for key in ["a", "b"] {
            job.start(key);
        }
        assert!(job.is_late(Instant::now() + LIMIT, LIMIT));
        assert_eq!(again(&job.remains()), [vec!["a"], vec!["b"]]);

        let mut job = assignment(&["a", "b"]);
        job.start("a");
        job.beat("a", 5, 0.5);
        assert!(!job.is_late(Instant::now(), LIMIT));
        assert!(job.is_late(Instant::now() + LIMIT, LIMIT));
        let remains = job.remains();
        assert_eq!(remains.culprit.as_ref().map(|(run, _)| &*run.key), Some("a"));
        assert_eq!(again(&remains), [vec!["b"]]);
    }

    #[test]
    fn time_in_which_the_supervisor_was_stopped_makes_nobody_late() {
        let mut job = assignment(&["a"]);
        job.start("a");
        let asleep = Duration::from_secs(3600);
        assert!(job.is_late(Instant::now() + asleep, LIMIT));
        job.forgive(asleep);
        assert!(!job.is_late(Instant::now() + asleep, LIMIT));
        assert!(job.is_late(Instant::now() + asleep + LIMIT, LIMIT));

        // The clock of a worker that was stopped too has gone on.
        let mut job = assignment(&["a", "b"]);
        ["a", "b"].iter().for_each(|key| job.start(key));
        job.forgive(asleep);
        job.beat("a", 5, asleep.as_secs_f64() + 0.5 * LIMIT.as_secs_f64());
        assert!(!job.is_late(Instant::now(), LIMIT));
        job.beat("a", 6, asleep.as_secs_f64() + LIMIT.as_secs_f64());
        assert!(job.is_late(Instant::now(), LIMIT));
    }
}
