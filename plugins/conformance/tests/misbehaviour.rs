//! Each kind of misbehaviour is found by the check that is made for it, with a remedy.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flatbench_conformance::{Event, Report, Value, Verdict, build, check, check_each, check_with};

fn hostile() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        build(concat!(env!("CARGO_MANIFEST_DIR"), "/../../harness/fixtures/hostile")).expect("the fixture builds")
    })
}

fn report(misbehaviour: &str) -> Report {
    check_with(hostile(), &[("misbehaviour".to_owned(), Value::Text(misbehaviour.to_owned()))])
}

fn failed(report: &Report) -> Vec<&str> {
    report.checks.iter().filter(|check| check.verdict == Verdict::Failed).map(|check| check.name.as_str()).collect()
}

#[test]
fn good_behaviour_conforms() {
    let report = report("none");
    assert!(report.conforms(), "{report}");
}

#[test]
fn each_misbehaviour_fails_its_check() {
    for (misbehaviour, name) in [
        ("unseeded", "deterministic"),
        ("shared-state", "deterministic"),
        ("panic", "deterministic"),
        ("error", "any shape of factors"),
        ("nan", "stays finite"),
        ("infinity", "stays finite"),
        ("exceed-budget", "respects the budget"),
        ("false-convergence", "honest about converging"),
        ("write-outside", "writes only to w"),
        ("oracle-after-step", "progress, convex"),
        ("idle", "progress, factorization"),
    ] {
        let report = report(misbehaviour);
        assert!(failed(&report).contains(&name), "{misbehaviour}\n{report}");
        assert!(report.checks.iter().all(|c| (c.verdict == Verdict::Failed) == c.remedy.is_some()), "{report}");
    }
}

#[test]
fn a_run_that_asks_nothing_is_found_out() {
    let values = [("misbehaviour", Value::Text("idle".into())), ("after", Value::Integer(0))];
    let report = check_with(hostile(), &values.map(|(name, value)| (name.to_owned(), value)));
    assert!(failed(&report).contains(&"cost per step") && failed(&report).contains(&"respects the budget"), "{report}");
}

#[test]
fn wrong_values_are_refused_before_anything_runs() {
    let report = report("nonsense");
    assert_eq!(failed(&report), ["made from its defaults"], "{report}");
    assert_eq!(report.checks.len(), 3);
}

#[test]
fn a_file_that_is_no_plugin_fails_to_load() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("text.so");
    fs::write(&file, "text").expect("the temporary folder can be written to");
    let report = check(&file);
    assert_eq!(failed(&report), ["loads"]);
    let remedy = report.checks[0].remedy.as_deref();
    assert!(remedy.is_some_and(|remedy| remedy.starts_with("build the crate with crate-type")), "{report}");
}

#[test]
fn every_check_is_announced_before_it_is_made() {
    let mut events = Vec::new();
    let none = [("misbehaviour".to_owned(), Value::Text("none".to_owned()))];
    check_each(hostile(), &none, &mut |event| events.push(event));
    assert_eq!(events.pop(), Some(Event::Over));
    let mut names = Vec::new();
    for pair in events.chunks(2) {
        let [Event::Begins(announced), Event::Ended(check)] = pair else { panic!("{pair:?}") };
        assert_eq!(announced, &check.name);
        names.push(announced.as_str());
    }
    assert_eq!(names[..3], ["loads", "schema", "made from its defaults"]);
    assert_eq!(names.len(), 15);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 15, "each has a name of its own");
}

#[test]
fn what_was_cut_off_does_not_conform() {
    let mut report = Report::new(hostile());
    report.take(Event::Begins("loads".to_owned()));
    assert_eq!(report.under_way.as_deref(), Some("loads"));
    assert!(!report.conforms());
}
