//! A long plan of which one run in a hundred is hostile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use flatbench_records::{Outcome, Record};

use crate::history::assert_nothing_unfinished;
use crate::support::{Bench, shown, timeless};
use crate::{aloud, full, hostile_plugin};

/// What is done, and what has to come of it. `None`: several outcomes are honest.
const MISBEHAVIOURS: [(&str, Option<Outcome>); 10] = [
    ("panic", Some(Outcome::Panicked)),
    ("abort", Some(Outcome::Crashed)),
    ("segfault", Some(Outcome::Crashed)),
    ("stack-overflow", Some(Outcome::Crashed)),
    ("exit-0", Some(Outcome::Crashed)),
    ("huge-allocation", Some(Outcome::Crashed)),
    ("nan", Some(Outcome::Completed)),
    ("flood-stdout", Some(Outcome::Completed)),
    ("error", Some(Outcome::PluginError)),
    ("sleep", Some(Outcome::TimedOut)),
];

/// `good` settings of gradient descent on each of `seeds` instances, with `hostile` misbehaviours.
fn suite(seeds: usize, good: usize, hostile: &[&str]) -> String {
    let mut text = format!(
        r#"
name = "hostile"
budget = 60
seeds = {seeds}
time_limit = 2

[[case]]
family = "matrix-sensing"
rows = 5
cols = 5
rank = 1
factor_rank = 5
measurements = 22
init = ["large"]

[[optimizer]]
name = "gd"
settings = ["#
    );
    for setting in 0..good {
        text += &format!("{{ step_size = {} }}, ", 0.001 + 0.0001 * setting as f64);
    }
    text += "]\n";
    for name in hostile {
        text += &format!(
            "[[optimizer]]\nname = \"{name}\"\nplugin = \"hostile\"\nsettings = [{{ misbehaviour = \"{name}\" }}]\n"
        );
    }
    text
}

#[test]
fn one_hostile_run_in_a_hundred_costs_itself_alone() {
    // Each seed has ten hostile runs; ten seeds of 990 good ones make 10 000.
    let (seeds, good) = if full() { (10, 990) } else { (1, 290) };
    let names: Vec<&str> = MISBEHAVIOURS.iter().map(|(name, _)| *name).take(if full() { 10 } else { 3 }).collect();
    let plugin = hostile_plugin();
    let bench = Bench::new(&suite(seeds, good, &names));
    let begun = Instant::now();
    let output = bench.run("out", &["--quiet", "--jobs", "2", "--plugin", &plugin]);
    let time = begun.elapsed();
    assert_eq!(output.status.code(), Some(3), "some runs failed: {}", shown(&output));
    assert_nothing_unfinished(&bench.path("out"));

    let alone = Bench::new(&suite(seeds, good, &[]));
    let output = alone.run("out", &["--quiet", "--jobs", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let by_key = |records: Vec<Record>| -> BTreeMap<String, Record> {
        records.into_iter().map(|record| (record.key.clone(), timeless(record))).collect()
    };
    let (records, expected) = (by_key(bench.records("out")), by_key(alone.records("out")));
    let planned = seeds * (good + names.len());
    assert_eq!(expected.len(), seeds * good);
    let lost = planned - records.len();
    let wrong_good = expected.iter().filter(|(key, record)| records.get(*key) != Some(record)).count();
    let dishonest = records.values().filter(|record| {
        let expected =
            MISBEHAVIOURS.iter().find(|(name, _)| *name == record.optimizer).and_then(|(_, outcome)| *outcome);
        expected.is_some_and(|outcome| record.result.outcome != outcome)
    });
    let wrong = wrong_good + dishonest.count();
    aloud(&format!(
        "hostile: {planned} runs, {} of them hostile: {lost} records lost, {wrong} wrong ({:.0} s)",
        seeds * names.len(),
        time.as_secs_f64()
    ));
    assert_eq!((lost, wrong), (0, 0));
    assert!(time < Duration::from_secs(1800), "{time:?}");
}
