//! A plugin that misbehaves costs its own run: one record that says what happened, and nothing else changes.
mod support;

use flatbench_records::{Outcome, Record, Termination};
use support::{Bench, root, shown, timeless};

/// What is asked for, and what has to come of it: outcome, termination, and a word of the detail.
const EXPECTED: [(&str, Outcome, Option<Termination>, &str); 14] = [
    ("panic", Outcome::Panicked, None, "panics on purpose"),
    ("abort", Outcome::Crashed, None, "SIGABRT"),
    ("segfault", Outcome::Crashed, None, "SIGSEGV"),
    ("stack-overflow", Outcome::Crashed, None, "signal"),
    ("endless-loop", Outcome::TimedOut, None, "limit"),
    ("sleep", Outcome::TimedOut, None, "limit"),
    ("exit-0", Outcome::Crashed, None, "status 0"),
    ("nan", Outcome::Completed, Some(Termination::Diverged), ""),
    ("infinity", Outcome::Completed, Some(Termination::Diverged), ""),
    ("flood-stdout", Outcome::Completed, None, ""),
    ("flood-stderr", Outcome::Completed, None, ""),
    ("working-directory", Outcome::Completed, None, ""),
    ("exceed-budget", Outcome::Completed, Some(Termination::Budget), ""),
    ("error", Outcome::PluginError, None, "fails on purpose"),
];

fn suite(with_hostile: bool) -> String {
    let mut text = String::from(
        r#"
name = "failures"
budget = 300
seeds = 1
time_limit = 2

[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 50
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.01 }]
"#,
    );
    if with_hostile {
        for (misbehaviour, ..) in EXPECTED {
            text += &format!(
                "[[optimizer]]\nname = \"hostile-{misbehaviour}\"\nplugin = \"hostile\"\nsettings = [{{ misbehaviour = \"{misbehaviour}\" }}]\n"
            );
        }
    }
    text + "[[optimizer]]\nname = \"sgd\"\nsettings = [{ step_size = 0.001, batch_size = 4 }]\n"
}

#[test]
fn each_misbehaviour_is_one_honest_record_and_the_others_are_untouched() {
    let hostile = root().join("harness/fixtures/hostile");
    let hostile = hostile.to_str().expect("a readable path");
    let bench = Bench::new(&suite(true));
    let output = bench.run("out", &["--quiet", "--plugin", hostile]);
    assert_eq!(output.status.code(), Some(3), "some runs failed: {}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), EXPECTED.len() + 2, "every planned run has one record");
    for (misbehaviour, outcome, termination, word) in EXPECTED {
        let name = format!("hostile-{misbehaviour}");
        let record = records.iter().find(|r| r.optimizer == name).expect("a record");
        assert_eq!(record.outcome, outcome, "{misbehaviour}: {:?}", record.outcome_detail);
        if termination.is_some() {
            assert_eq!(record.termination, termination, "{misbehaviour}");
        }
        let detail = record.outcome_detail.as_deref().unwrap_or_default();
        assert!(detail.contains(word), "{misbehaviour}: {detail:?} does not say {word:?}");
    }
    let html = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
    for name in ["hostile-segfault", "hostile-panic", "hostile-sleep"] {
        assert!(html.contains(name), "the report lists {name}");
    }

    let alone = Bench::new(&suite(false));
    let output = alone.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let good = |records: Vec<Record>| -> Vec<Record> {
        records.into_iter().filter(|r| !r.optimizer.starts_with("hostile")).map(timeless).collect()
    };
    assert_eq!(good(bench.records("out")), good(alone.records("out")));
}
