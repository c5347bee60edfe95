//! Cases whose runs start at a point that a run ended at, or of a file.
#[expect(dead_code, reason = "every test file uses a part of it")]
mod support;

use std::path::Path;

use flatbench_records::protocol::Tier;
use flatbench_records::{Init, Limit, LimitState, Metrics, Outcome, Record, RunResult};
use flatbench_runner::plan::{Choice, Filter, Plan, PlannedRun, jobs};
use flatbench_runner::suite::Suite;
use flatbench_runner::supervisor::Ended;
use support::{check_in, plugins, suite_text};

fn planned(suite: &Suite) -> Vec<PlannedRun> {
    Plan::new(suite, &plugins(&["gd", "sgd", "sam"]), Tier::Cheap).evaluation(Choice::All, &Filter::default())
}

/// The suite with `line` in its case.
fn with(line: &str) -> String {
    suite_text("", &["gd"]).replace("factor_rank = 5\n", &format!("factor_rank = 5\n{line}\n"))
}

fn checked(line: &str, folder: &Path) -> Result<Suite, String> {
    check_in(&with(line), folder, &["gd", "sgd", "sam"]).map_err(|mistakes| mistakes.render(false))
}

fn record(run: &PlannedRun) -> Record {
    let mut result = RunResult::ended(Outcome::Completed, "");
    let (state, reason, distance_moved) = (LimitState::Reached, None, None);
    result.limit = Some(Limit { state, reason, distance_moved, metrics: Metrics::default() });
    let result = Box::new(result);
    run.record(Ended { key: run.key.clone(), dimensions: None, result, trajectory: None, points: None })
}

/// A run directory `before` with the runs of the suite, whose parameters are 50 times the number of the run.
fn run_directory(folder: &Path, records: &[Record]) {
    let parameters = folder.join("before/parameters");
    std::fs::create_dir_all(&parameters).expect("a folder");
    let lines: Vec<String> = records.iter().map(|r| serde_json::to_string(r).expect("a record") + "\n").collect();
    std::fs::write(folder.join("before/records.jsonl"), lines.concat()).expect("a file");
    for (number, record) in records.iter().enumerate() {
        let file = parameters.join(format!("{}.npz", record.key));
        std::fs::write(file, format!("{number} ").repeat(50)).expect("a file");
    }
}

#[test]
fn runs_start_where_the_runs_of_a_directory_ended_on_their_instances() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = planned(&checked("", folder.path()).expect("a suite"));
    let records: Vec<Record> = before.iter().map(record).collect();
    run_directory(folder.path(), &records);
    let line = "start = { run = \"before\", optimizer = \"gd\", point = \"limit\", init = \"small\" }";
    let suite = checked(line, folder.path()).expect("a suite");
    let runs = planned(&suite);
    assert_eq!(runs.len(), 2, "two repetitions from one start");
    for run in &runs {
        let (place, source) = records
            .iter()
            .enumerate()
            .find(|(_, record)| record.init == Init::Small && record.instance_seed == run.instance_seed)
            .expect("the same instance");
        let given = run.given.as_ref().expect("a point");
        assert_eq!(given.w, vec![place as f64; 50]);
        assert!(given.point.from.starts_with("limit of gd in "), "{}", given.point.from);
        assert_eq!((run.init(), run.repetition), (Init::Given, source.repetition));
        assert_eq!(record(run).start_point.as_ref(), Some(&given.point));
    }
    assert_ne!(runs[0].key, runs[1].key);
    for job in jobs(&runs, 1, folder.path(), Tier::Cheap) {
        let run = runs.iter().find(|run| run.instance_seed == job.instance_seed).expect("its run");
        assert_eq!(job.given.as_ref(), run.given.as_deref());
    }

    // The suite of a run directory says the same from anywhere.
    let again = check_in(&suite.to_toml(), Path::new("/"), &["gd"]).expect("it can be read again");
    let keys = |runs: &[PlannedRun]| runs.iter().map(|run| run.key.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&planned(&again)), keys(&runs));

    // What the numbers are is in the key.
    let source = folder.path().join("before/parameters");
    for record in &records {
        std::fs::write(source.join(format!("{}.npz", record.key)), "7 ".repeat(50)).expect("a file");
    }
    let other = planned(&checked(line, folder.path()).expect("a suite"));
    assert_ne!(keys(&other), keys(&runs));

    // More repetitions than there are points.
    let mut more = suite.with_seeds(3);
    let wrong = more.read_starts(&support::Families::new());
    assert!(wrong.len() == 1 && wrong[0].1.contains("evaluation repetition 2"), "{wrong:?}");
    assert_eq!(planned(&more).len(), 2, "the others are there");
}

#[test]
fn what_cannot_be_started_at_is_refused_when_the_suite_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = planned(&checked("", folder.path()).expect("a suite"));
    let mut records: Vec<Record> = before.iter().map(record).collect();
    let refused = |line: &str| checked(line, folder.path()).expect_err("a mistake");
    let of = |more: &str| format!("start = {{ run = \"before\", optimizer = \"gd\", point = \"limit\"{more} }}");
    assert!(refused(&of("")).contains("is no run directory that can be read"), "{}", refused(&of("")));
    run_directory(folder.path(), &records);

    let shown = refused(&of(""));
    assert!(shown.contains("`init` chooses one of large, small") && shown.contains("suite.toml:10:9"), "{shown}");
    let shown = refused(&of(", init = \"large\"").replace("gd", "sam"));
    assert!(shown.contains("has no run of `sam` (known: gd)"), "{shown}");
    let shown = check_in(&with(&of(", init = \"large\"")).replace("made-up", "another"), folder.path(), &["gd"]);
    let shown = shown.expect_err("other instances").render(false);
    assert!(shown.contains("drawn from the name of the suite (`made-up` there)"), "{shown}");
    let shown = refused("start = { run = \"before\" }\nseeds = 0");
    assert!(shown.contains("has no `optimizer`") && shown.contains("has no `point`") && shown.contains("`seeds` is 0"));
    for (line, word) in [
        ("start = { }", "names no point"),
        ("start = { run = \"before\", file = \"w.npy\" }", "names no point"),
        ("start = { file = \"w.npy\", optimizer = \"gd\" }", "unknown key `optimizer`"),
        ("start = { file = \"w.npy\", point = \"start\" }", "`point` is \"start\""),
        ("start = { file = \"nowhere.npy\" }", "cannot start there"),
        ("start = 3", "`start` is the whole number 3"),
        ("start = { file = \"w.npy\" }\ninit = [\"large\"]", "leave `init` and `init_scale` out"),
        ("start = { file = \"w.npy\" }\ninit_scale = 0.1", "leave `init` and `init_scale` out"),
        ("init = [\"given\"]", "\"given\" without `start`"),
    ] {
        assert!(refused(line).contains(word), "{line}: {}", refused(line));
    }
    let shown = refused(&(of(", init = \"large\"") + "\nstop_at_loss = 1e-3"));
    assert!(shown.contains("cannot stop at a loss"), "{shown}");

    std::fs::write(folder.path().join("w.npy"), "1 ".repeat(49)).expect("a file");
    let shown = refused("start = { file = \"w.npy\" }");
    assert!(shown.contains("49 numbers are given, and w has 50 here (L 5×5, R 5×5)"), "{shown}");
    std::fs::write(folder.path().join("w.npy"), "1 ".repeat(50)).expect("a file");
    let suite = checked("start = { file = \"w.npy\" }", folder.path()).expect("it fits");
    assert!(planned(&suite).iter().all(|run| run.given.as_ref().is_some_and(|given| given.w == [1.0; 50])));

    records.iter_mut().for_each(|record| record.result.limit = None);
    run_directory(folder.path(), &records);
    let shown = refused(&of(", init = \"large\""));
    assert!(shown.contains("reached no limit"), "{shown}");
    std::fs::remove_dir_all(folder.path().join("before/parameters")).expect("a folder");
    let shown = refused(&of(", init = \"large\"").replace("limit", "iterate"));
    assert!(shown.contains("were not kept (flatbench replay ") && shown.contains("--save"), "{shown}");
}
