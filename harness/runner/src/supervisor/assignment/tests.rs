use super::*;
use flatbench_records::protocol::{Tier, VERSION};
use flatbench_records::{Case, Init, Measure};

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
        ..Case::default()
    };
    let job = Job {
        version: VERSION,
        id: 0,
        token: "t".to_owned(),
        case,
        instance_seed: 1,
        init_seed: 1,
        given: None,
        data_root: ".".into(),
        data: None,
        tier: Tier::Cheap,
        measure: Measure::default(),
        references: None,
        measuring_limit: 100.0,
        sparing: None,
        keep_parameters: false,
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

    // The clock of a worker that was stopped too has gone on.
    let mut job = assignment(&["a", "b"]);
    ["a", "b"].iter().for_each(|key| job.start(key, 0.0));
    job.forgive(asleep);
    job.beat("a", 5, asleep.as_secs_f64() + 0.5 * LIMIT.as_secs_f64());
    assert!(!late(&mut job, Instant::now()));
    job.beat("a", 6, asleep.as_secs_f64() + LIMIT.as_secs_f64());
    assert!(late(&mut job, Instant::now()));
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
    let stopped = activity.as_ref().and_then(|activity| activity.stopped.as_ref()).expect("what is known of it");
    assert!(run.key == "a" && stopped.trajectory.is_some());
    assert_eq!(again(&remains), [vec!["b"]]);
}

#[test]
fn importing_stops_the_clock_of_every_run_and_has_a_limit_of_its_own() {
    let mut job = assignment(&["a", "b"]);
    job.start("a", 0.0);
    job.beat("a", 5, 0.5);
    job.start("b", 0.0);
    job.open("b");
    assert!(!late(&mut job, Instant::now() + 2 * LIMIT), "neither is the one late, nor is the group silent");
    assert!(late(&mut job, Instant::now() + IMPORT));
    job.opened("b", 0.0);
    assert!(!late(&mut job, Instant::now()));
    assert!(late(&mut job, Instant::now() + LIMIT), "a silent group");
    job.open("b");
    assert!(late(&mut job, Instant::now() + IMPORT));
    assert_eq!(job.remains().culprit.as_ref().map(|(run, _)| &*run.key), Some("b"));
}
