//! Random mishaps at random moments, one plan submitted until it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cluster::{Cluster, kill};
use crate::history::{Undisturbed, keys};
use crate::processes::workers_of;
use crate::submitted::submit;
use crate::support::{Bench, shown, text};

/// What can happen to a task, a node or the whole.
const MISHAPS: [&str; 9] = [
    "task requeued",
    "task cancelled",
    "task killed",
    "step daemon killed",
    "worker killed",
    "node daemon killed with its steps",
    "node daemon killed, its steps go on",
    "controller killed",
    "time limit",
];

const PARTS: usize = 6;

/// What came of the mishaps.
#[derive(Debug, Default)]
struct Tally {
    injected: BTreeMap<&'static str, usize>,
    plans: usize,
    submissions: usize,
    runs: usize,
    lost: usize,
    wrong: usize,
}

impl Tally {
    fn number(&self) -> usize {
        self.injected.values().sum()
    }
}

#[test]
fn random_mishaps_lose_no_record_and_make_none_wrong() {
    let Some(mut cluster) = Cluster::start(2) else { return };
    let full = std::env::var_os("FLATBENCH_FAULTS").is_some_and(|form| form == "full");
    let (number, seeds) = if full { (220, 40) } else { (6, 16) };
    let seed = std::env::var("FLATBENCH_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut moments = ChaCha8Rng::seed_from_u64(seed);
    let bench = Bench::new(&crate::suite(seeds, 60_000));
    let undisturbed = Undisturbed::run(&bench);
    let mut tally = Tally::default();
    while tally.number() < number {
        tally.plans += 1;
        tally.runs += undisturbed.records.len();
        let out = format!("out-{}", tally.plans);
        let before = tally.number();
        one_plan(&mut cluster, &bench, &out, number, &mut moments, &mut tally);
        let differences = undisturbed.differences(&bench, &out);
        tally.lost += differences.lost;
        tally.wrong += differences.wrong;
        assert!(tally.number() > before, "the plan was over before anything happened to it: {tally:?}");
    }
    let _ = writeln!(std::io::stderr(), "{} mishaps, {tally:?}", tally.number());
    assert_eq!((tally.lost, tally.wrong), (0, 0), "{tally:?}");
}

/// Submits a plan until it is done, and has things happen to it.
fn one_plan(
    cluster: &mut Cluster,
    bench: &Bench,
    out: &str,
    number: usize,
    moments: &mut ChaCha8Rng,
    tally: &mut Tally,
) {
    let mut known = vec![BTreeSet::new(); PARTS];
    let begun = Instant::now();
    loop {
        let output = submit(cluster, bench, out, &["--tasks", &PARTS.to_string()]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        if shown(&output).contains("nothing to submit") {
            return;
        }
        tally.submissions += 1;
        while cluster.ask("squeue", &["--noheader"]).is_none_or(|text| !text.trim().is_empty()) {
            assert!(begun.elapsed() < Duration::from_secs(900), "a quarter of an hour and no end: {tally:?}");
            std::thread::sleep(Duration::from_millis(moments.random_range(200..2500)));
            cluster.hurry();
            let what = *MISHAPS.choose(moments).expect("there are some");
            if tally.number() < number && inject(cluster, what, moments) {
                *tally.injected.entry(what).or_default() += 1;
            }
            for (part, before) in known.iter_mut().enumerate() {
                let now = keys(&bench.path(&format!("{out}/parts/{}-of-{PARTS}", part + 1)));
                tally.lost += before.difference(&now).count();
                *before = now;
            }
        }
    }
}

/// Does one of these things; `false` where there is nothing to do it to.
fn inject(cluster: &mut Cluster, what: &str, moments: &mut ChaCha8Rng) -> bool {
    let running = cluster.jobs_in("RUNNING").into_iter().filter(|job| job.contains('_')).collect::<Vec<_>>();
    let job = running.choose(moments).cloned();
    let task = cluster.tasks().choose(moments).copied();
    match (what, job, task) {
        ("task requeued", Some(job), _) => cluster.ask("scontrol", &["requeue", &job]).is_some(),
        ("task cancelled", Some(job), _) => cluster.ask("scancel", &[&job]).is_some(),
        ("time limit", Some(job), _) => {
            cluster.ask("scontrol", &["update", &format!("JobId={job}"), "TimeLimit=1"]).is_some()
        }
        ("task killed", _, Some((_, task))) => {
            kill(task);
            true
        }
        ("step daemon killed", _, Some((step, _))) => {
            kill(step);
            true
        }
        ("worker killed", _, Some((_, task))) => match workers_of(task).first() {
            Some(worker) => {
                kill(worker.id);
                true
            }
            None => false,
        },
        ("node daemon killed with its steps", _, Some(_)) => {
            let node = moments.random_range(1..=2);
            cluster.lose_node(node);
            std::thread::sleep(Duration::from_secs(moments.random_range(1..12)));
            cluster.start_node(node);
            true
        }
        ("node daemon killed, its steps go on", _, Some(_)) => {
            let node = moments.random_range(1..=2);
            cluster.kill(&format!("n{node}"));
            std::thread::sleep(Duration::from_secs(moments.random_range(1..5)));
            cluster.start_node(node);
            true
        }
        ("controller killed", _, Some(_)) => {
            cluster.kill("ctld");
            std::thread::sleep(Duration::from_secs(moments.random_range(1..5)));
            cluster.start_controller();
            true
        }
        _ => false,
    }
}

#[test]
fn waiting_can_be_given_up_and_the_tasks_go_on() {
    let Some(cluster) = Cluster::start(2) else { return };
    let bench = Bench::new(&crate::suite(8, 60_000));
    let out = text(&bench.path("out"));
    let suite = text(&bench.path("suite.toml"));
    let mut waiting = cluster
        .command(&["submit", &suite, "--out", &out, "--tasks", "2", "--wait"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("flatbench starts");
    crate::history::wait_until("running tasks", || cluster.jobs_in("RUNNING").len() >= 2);
    assert!(crate::processes::send(waiting.id(), rustix::process::Signal::INT));
    assert_eq!(waiting.wait().expect("a child").code(), Some(130));
    assert!(cluster.jobs_in("RUNNING").len() >= 2, "the tasks were ended, too");
    cluster.wait_for_silence(Duration::from_secs(180));
    let page = std::fs::read_to_string(bench.path("out/index.html"));
    assert!(page.is_ok_and(|page| page.contains("Where it ran")));
}
