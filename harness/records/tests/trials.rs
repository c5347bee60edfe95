//! Trials of a search: read as they were written, packed or not, and documented field by field.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use flatbench_records::directory::{PACKED_TRIALS, TRIALS, trials, trials_file};
use flatbench_records::{FORMAT, Init, Rule, Trial, TrialRung, Value};

fn trial(number: u32) -> Trial {
    let scores = BTreeMap::from([("a".to_owned(), Some(1e-3)), ("b".to_owned(), None)]);
    Trial {
        format: FORMAT,
        suite: "small".to_owned(),
        optimizer: "gd".to_owned(),
        plugin: "gd".to_owned(),
        init: Init::Small,
        trial: number,
        hyperparameters: BTreeMap::from([("step_size".to_owned(), Value::Real(0.1 + 0.2))]),
        rule: Rule::Validation,
        rungs: vec![TrialRung { rung: 1, share: 0.25, scores, overall: Some(1e-3), without: 1 }],
        chosen: number == 2,
    }
}

fn text() -> String {
    [1, 2].map(|number| serde_json::to_string(&trial(number)).expect("plain data has a JSON form") + "\n").concat()
}

fn written(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join(name), bytes).expect("a temporary folder");
    folder
}

#[test]
fn trials_are_read_as_they_were_written_packed_or_not() {
    let expected = vec![trial(1), trial(2)];
    let plain = written(TRIALS, text().as_bytes());
    assert_eq!(trials(plain.path()).expect("readable").as_ref(), Some(&expected));
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text().as_bytes()).expect("memory");
    let packed = written(PACKED_TRIALS, &packer.finish().expect("memory"));
    assert_eq!(trials(packed.path()).expect("readable").as_ref(), Some(&expected));
    assert_eq!(trials_file(packed.path()).expect("readable"), Some(packed.path().join(PACKED_TRIALS)));
    assert_eq!(trials(Path::new("/nowhere")).expect("none"), None);
}

#[test]
fn what_is_no_trial_is_named_by_its_line() {
    for (line, reason) in [
        ("{\"format\": 1}", "line 3: no trial (missing field"),
        ("", "line 3: no trial ("),
        ("{\"format\": 99, \"else\": 1}", "line 3: format 99 is newer than 1"),
    ] {
        let folder = written(TRIALS, format!("{}{line}\n", text()).as_bytes());
        let error = trials(folder.path()).expect_err("it is no trial");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert!(error.to_string().starts_with(reason), "{reason}: {error}");
    }
}

#[test]
fn every_field_of_a_trial_is_documented() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FORMAT.md")).expect("docs");
    let table = page.split_once("<!-- trials -->").and_then(|(_, rest)| rest.split_once("<!-- end of trials -->"));
    let table = table.expect("a table of trials").0;
    let json = serde_json::to_value(trial(1)).expect("plain data has a JSON form");
    let names = |value: &serde_json::Value, before: &str| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(name, _)| format!("`{before}{name}`")).collect()
    };
    let fields = [names(&json, ""), names(&json["rungs"][0], "rungs.")].concat();
    assert_eq!(fields.len(), 10 + 5);
    let missing: Vec<&String> = fields.iter().filter(|name| !table.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let named: usize = rows.map(|line| line.split(" | ").next().unwrap_or_default().matches('`').count() / 2).sum();
    assert_eq!(named, fields.len(), "and nothing else is");
}

#[test]
fn values_that_mean_the_same_are_the_same() {
    let number = Value::Real(0.5);
    let schedule = Value::Schedule(number.as_schedule().expect("a number"));
    assert!(number.is_same_as(&schedule) && schedule.is_same_as(&number) && number != schedule);
    assert!(Value::Integer(1).is_same_as(&Value::Real(1.0)) && !number.is_same_as(&Value::Real(0.25)));
    assert!(!Value::from("a").is_same_as(&Value::from("b")) && Value::from("a").is_same_as(&Value::from("a")));
}
