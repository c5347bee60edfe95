//! The commands that read a run directory: replay, compare, export.
mod support;

use flatbench_records::METRICS;
use serde_json::Value;
use support::{Bench, flatbench, root, shown, text};

const SUITE: &str = r#"
name = "commands"
budget = 300
seeds = 3

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 8
cols = 6
rank = 1
measurements = 40
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sam"
settings = [{ step_size = 0.02, radius = 0.05 }]
"#;

fn command(arguments: &[&str]) -> std::process::Output {
    flatbench().args(arguments).output().expect("flatbench starts")
}

#[test]
fn a_run_is_replayed_in_a_worker_and_in_process() {
    let bench = Bench::new(SUITE);
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let key = bench.records("out")[0].key.clone();
    let out = text(&bench.path("out"));
    for more in [&[][..], &["--in-process"]] {
        let output = command(&[&["replay", &out, &key[..12]], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("bit for bit") && said.contains("rel. error"), "{said}");
        assert!(said.lines().count() > 20, "the trajectory is shown: {said}");
    }
    let output = command(&["replay", &out, "zz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no record"), "{}", shown(&output));
}

#[test]
fn compare_tells_what_changed() {
    let bench = Bench::new(SUITE);
    assert_eq!(bench.run("a", &["--quiet"]).status.code(), Some(0));
    assert_eq!(bench.run("b", &["--quiet", "--seeds", "2"]).status.code(), Some(0));
    let (a, b) = (text(&bench.path("a")), text(&bench.path("b")));
    let compare = |a: &str, b: &str| -> Value {
        let output = command(&["compare", a, b, "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
    };
    let same = compare(&a, &b);
    assert_eq!((&same["pairs"], &same["identical"]), (&Value::from(4), &Value::from(4)));
    assert_eq!(same["only_before"].as_array().map(Vec::len), Some(2));

    // Half the trace in every record of one optimizer, and another outcome in one.
    let mut records = bench.records("b");
    for record in records.iter_mut().filter(|record| record.optimizer == "sam") {
        for metrics in [record.result.iterate.as_mut(), record.result.limit.as_mut().map(|limit| &mut limit.metrics)] {
            let trace = metrics.and_then(|metrics| metrics.hessian_trace.as_mut()).expect("a trace");
            *trace *= 0.5;
        }
    }
    records[0].result.outcome = flatbench_records::Outcome::Crashed;
    let lines: Vec<String> =
        records.iter().map(|record| serde_json::to_string(record).expect("a record") + "\n").collect();
    std::fs::write(bench.path("b/records.jsonl"), lines.concat()).expect("a writable file");
    let changed = compare(&a, &b);
    let groups = changed["groups"].as_array().expect("groups");
    let sam = groups.iter().find(|group| group["optimizer"] == "sam").expect("the group of sam");
    for end in ["median", "low", "high"] {
        let ratio = sam["hessian_trace"][end].as_f64().expect("a ratio");
        assert!((ratio - 0.5).abs() < 1e-12, "{sam}");
    }
    let gd = groups.iter().find(|group| group["optimizer"] == "gd").expect("the group of gd");
    assert_eq!(gd["hessian_trace"]["median"], 1.0);
    assert_eq!(changed["outcomes"].as_array().map(Vec::len), Some(1));
    let output = command(&["compare", &a, &b]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("ended in another way"), "{}", shown(&output));
}

#[test]
fn every_number_survives_the_table_and_every_column_is_documented() {
    let bench = Bench::new(SUITE);
    assert_eq!(bench.run("out", &["--quiet"]).status.code(), Some(0));
    let (out, file) = (text(&bench.path("out")), text(&bench.path("table.csv")));
    let output = command(&["export", &out, "--format", "csv", "--out", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut table = csv::Reader::from_path(&file).expect("a table");
    let header: Vec<String> = table.headers().expect("a header").iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a whole row")).collect();
    let records = support::records(&bench.path("out"));
    assert_eq!(rows.len(), records.len());
    let place = |name: &str| header.iter().position(|column| column == name).expect("a column of that name");
    for (row, record) in rows.iter().zip(&records) {
        assert_eq!(row[place("key")], record.key);
        let trace: f64 = row[place("limit_hessian_trace")].parse().expect("a number");
        let limit = record.result.limit.as_ref().and_then(|limit| limit.metrics.hessian_trace).expect("a trace");
        assert_eq!(trace.to_bits(), limit.to_bits());
        let setting: Value = serde_json::from_str(&row[place("hyperparameters")]).expect("JSON");
        assert_eq!(setting, serde_json::to_value(&record.hyperparameters).expect("JSON"));
    }

    let columns = command(&["export", &out, "--format", "csv", "--columns"]);
    let said = String::from_utf8_lossy(&columns.stdout).into_owned();
    let named: Vec<&str> = said.lines().skip(2).filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(named, header);
    let document = std::fs::read_to_string(root().join("harness/docs/FORMAT.md")).expect("FORMAT.md");
    // METRICS.md, to which FORMAT.md sends for the metrics of a point, is held against the table of metrics elsewhere.
    let is_metric = |name: &str| {
        let metric = ["start_", "iterate_", "limit_"].iter().find_map(|prefix| name.strip_prefix(prefix));
        metric.is_some_and(|metric| METRICS.iter().any(|known| known.name == metric))
    };
    let undocumented: Vec<&&str> =
        named.iter().filter(|name| !is_metric(name) && !document.contains(&format!("`{name}`"))).collect();
    assert!(undocumented.is_empty(), "FORMAT.md does not name {undocumented:?}");
}

#[test]
fn metrics_are_listed_as_they_are_defined() {
    let output = command(&["list", "metrics", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let listed: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let names: Vec<&str> = listed.iter().filter_map(|metric| metric["name"].as_str()).collect();
    assert_eq!(names, METRICS.map(|metric| metric.name));
    let output = command(&["list", "metrics"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("hessian_trace         tr H [f/w²], a measure of sharpness"), "{said}");
}
