//! The self-test passes on this build, and fails where it should.
mod support;

use serde_json::Value;
use support::{Bench, flatbench, shown};

#[test]
fn known_answers_are_found() {
    let output = flatbench().args(["verify", "--json"]).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    assert_eq!(report["passed"], true);
    let checks = report["checks"].as_array().expect("a list of checks");
    let names: Vec<&str> = checks.iter().filter_map(|check| check["name"].as_str()).collect();
    for word in ["statistics", "weight noise", "label-noise", "tie exactly", "trace penalty", "control family"] {
        assert!(names.iter().any(|name| name.contains(word)), "a check about {word} among {names:?}");
    }
    for check in checks {
        assert!(!check["numbers"].as_object().expect("numbers").is_empty(), "{check} carries its numbers");
    }
}

const SUITE: &str = r#"
name = "sample"
budget = 400
seeds = 2

[[case]]
family = "matrix-sensing"
rows = 8
cols = 6
rank = 1
measurements = 40

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.01, batch_size = 4 }]
"#;

#[test]
fn a_directory_is_repeated_bit_for_bit_and_a_forged_number_is_found() {
    let bench = Bench::new(SUITE);
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let verify = |jobs: &str| {
        let mut command = flatbench();
        command.arg("verify").arg(bench.path("out")).args(["--sample", "100", "--json", "--jobs", jobs]);
        command.output().expect("flatbench starts")
    };
    for jobs in ["1", "2"] {
        let output = verify(jobs);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
        assert_eq!(report["checks"].as_array().map(Vec::len), Some(8));
    }

    let path = bench.path("out/records.jsonl");
    let mut records = bench.records("out");
    let loss = records[0].result.iterate.as_mut().and_then(|metrics| metrics.train_loss.as_mut()).expect("a loss");
    *loss = f64::from_bits(loss.to_bits() + 1);
    let lines: Vec<String> =
        records.iter().map(|record| serde_json::to_string(record).expect("a record") + "\n").collect();
    std::fs::write(path, lines.concat()).expect("a writable file");
    let output = verify("2");
    assert_eq!(output.status.code(), Some(3), "one bit is off: {}", shown(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    let failed: Vec<&Value> =
        report["checks"].as_array().into_iter().flatten().filter(|check| check["passed"] == false).collect();
    assert_eq!(failed.len(), 1);
    assert!(failed[0]["detail"].as_str().is_some_and(|detail| detail.contains("iterate.train_loss")), "{failed:?}");
}
