//! What a run directory has to look like in the end, whatever happened to it before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flatbench_records::{Record, Trajectory};

use crate::support::{Bench, shown, timeless};

/// Files that a session may leave, and nothing else.
const FILES: [&str; 10] = [
    "environment.json",
    "figures",
    "index.html",
    "log.txt",
    "records.jsonl",
    "records.retried.jsonl",
    "records.torn.jsonl",
    "suite.toml",
    "trajectories",
    "records.rejected.jsonl",
];

/// What an undisturbed run of the suite gives.
pub struct Undisturbed {
    pub records: BTreeMap<String, Record>,
    trajectories: BTreeMap<String, Trajectory>,
    pub time: Duration,
}

/// How a directory differs from it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    pub lost: usize,
    pub wrong: usize,
}

impl Undisturbed {
    /// Runs the suite of a bench, plugins built first, into `undisturbed`.
    pub fn run(bench: &Bench) -> Self {
        let begun = Instant::now();
        let output = bench.run("undisturbed", &["--quiet", "--jobs", "2"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let time = begun.elapsed();
        let path = bench.path("undisturbed");
        let records: BTreeMap<String, Record> =
            bench.records("undisturbed").into_iter().map(|record| (record.key.clone(), timeless(record))).collect();
        let trajectories = records.keys().map(|key| (key.clone(), trajectory(&path, key))).collect();
        Undisturbed { records, trajectories, time }
    }

    /// Counts records that are missing, and those that differ in anything but times, their trajectories included.
    pub fn differences(&self, bench: &Bench, out: &str) -> Differences {
        let path = bench.path(out);
        let found: BTreeMap<String, Record> =
            bench.records(out).into_iter().map(|record| (record.key.clone(), timeless(record))).collect();
        let lost = self.records.keys().filter(|key| !found.contains_key(*key)).count();
        let wrong = found.iter().filter(|(key, record)| {
            self.records.get(*key) != Some(record) || self.trajectories.get(*key) != Some(&trajectory(&path, key))
        });
        Differences { lost, wrong: wrong.count() }
    }

    /// Continues a run to its end, and holds it against this one; nothing unfinished may be left in the directory.
    pub fn assert_reached_by(&self, bench: &Bench, out: &str) {
        let output = bench.run(out, &["--quiet", "--jobs", "2", "--no-build"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        assert_eq!(self.differences(bench, out), Differences::default());
        assert_nothing_unfinished(&bench.path(out));
    }
}

/// The trajectory of a run, times aside.
fn trajectory(directory: &Path, key: &str) -> Trajectory {
    let bytes = std::fs::read(directory.join("trajectories").join(format!("{key}.json"))).expect("a trajectory");
    let mut trajectory: Trajectory = serde_json::from_slice(&bytes).expect("a whole trajectory");
    trajectory.checkpoints.iter_mut().for_each(|point| point.seconds = 0.0);
    trajectory
}

/// No lock, no copy of a library, no half-written file.
pub fn assert_nothing_unfinished(directory: &Path) {
    let names = |path: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(path).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    for name in names(directory) {
        assert!(FILES.contains(&name.as_str()), "{name} was left behind");
    }
    for name in names(&directory.join("trajectories")) {
        assert!(name.len() == 37 && name.ends_with(".json"), "{name} was left behind");
    }
}

/// Keys of the whole lines of a records file. A line that is no record, but for a last one without an end, is an error.
pub fn keys(directory: &Path) -> BTreeSet<String> {
    let text = std::fs::read(directory.join("records.jsonl")).unwrap_or_default();
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let lines = text[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice::<Record>(line).expect("a whole record").key).collect()
}

/// Number of whole lines of a records file, without reading them as records.
pub fn recorded(directory: &Path) -> usize {
    let text = std::fs::read(directory.join("records.jsonl")).unwrap_or_default();
    text.iter().filter(|&&byte| byte == b'\n').count()
}

/// A run of the suite that does not disturb the output of the tests.
pub fn quiet(bench: &Bench, out: &str) -> Command {
    let mut command = bench.run_command(out);
    command.args(["--quiet", "--jobs", "2", "--no-build"]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Waits until something is so; fails after two minutes.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "two minutes without {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
