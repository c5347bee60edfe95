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

#[test]
fn a_table_takes_the_place_of_nothing_in_a_run_directory() {
    let bench = Bench::new(SUITE);
    assert_eq!(bench.run("out", &["--quiet"]).status.code(), Some(0));
    let out = bench.path("out");
    let before = std::fs::read(out.join("records.jsonl")).expect("records");
    let key = bench.records("out")[0].key.clone();
    std::os::unix::fs::symlink(out.join("records.jsonl"), bench.path("table.csv")).expect("a link");
    let trajectory = format!("out/trajectories/{key}.json");
    for name in ["out/records.jsonl", "out/suite.toml", "out/new.txt", "out/../out/log.txt", "table.csv", &trajectory] {
        let output = command(&["export", &text(&out), "--format", "csv", "--out", &text(&bench.path(name))]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", shown(&output));
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("among the files of a run directory"),
            "{}",
            shown(&output)
        );
    }
    assert_eq!(std::fs::read(out.join("records.jsonl")).expect("records"), before);
    for (name, status) in [("out/table.csv", 0), ("out/table.csv", 0), (".", 2), ("no/such/folder.csv", 2)] {
        let output = command(&["export", &text(&out), "--format", "csv", "--out", &text(&bench.path(name))]);
        assert_eq!(output.status.code(), Some(status), "{name}: {}", shown(&output));
    }
}

#[test]
fn no_spreadsheet_takes_text_for_a_formula() {
    let bench = Bench::new(&SUITE.replace("name = \"sensing\"", "name = \"=1+1\""));
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    let output = command(&["export", &text(&bench.path("out")), "--format", "csv"]);
    let said = String::from_utf8_lossy(&output.stdout);
    let mut table = csv::Reader::from_reader(said.as_bytes());
    let header = table.headers().expect("a header").clone();
    let case = header.iter().position(|name| name == "case").expect("a column");
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a whole row")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| &row[case] == "'=1+1"), "{said}");
    // Numbers may begin with a minus.
    let cells = rows.iter().flat_map(|row| row.iter()).filter(|cell| cell.starts_with(['=', '+', '-', '@']));
    assert!(cells.clone().all(|cell| cell.parse::<f64>().is_ok()), "{:?}", cells.collect::<Vec<_>>());
}

/// Names of files and folders are bytes.
#[test]
fn a_folder_whose_name_is_no_utf_8_is_a_folder() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new(SUITE);
    let folder = bench.path("").join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).expect("a folder of any name");
    std::fs::copy(bench.path("suite.toml"), folder.join("suite.toml")).expect("a copy");
    let mut run = flatbench();
    run.args(["run", "suite.toml", "--out", "out", "--quiet"]).current_dir(&folder);
    let run = run.output().expect("flatbench starts");
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    for arguments in
        [&["verify", "out", "--sample", "1"][..], &["export", "out", "--format", "csv"], &["report", "out"]]
    {
        let output = flatbench().args(arguments).current_dir(&folder).output().expect("flatbench starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", shown(&output));
    }
    // A library there, listed with its path.
    std::fs::copy(root().join("plugins/c/momentum/target/momentum.so"), folder.join("mine.so")).expect("it was built");
    let listed = flatbench().args(["plugin", "check", "--json"]).arg(folder.join("mine.so")).output();
    let listed = listed.expect("flatbench starts");
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let reports: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert!(reports[0]["library"].as_array().is_some_and(|bytes| bytes.contains(&Value::from(0xe9))), "{reports}");

    // A suite names its data files in TOML, which is UTF-8.
    let data = "name = \"data\"\nbudget = 10\n[[case]]\nfamily = \"matrix-completion\"\nfile = \"x.csv\"\n\
                factor_rank = 2\n[[optimizer]]\nname = \"gd\"\n";
    std::fs::write(folder.join("data.toml"), data).expect("a file");
    std::fs::write(folder.join("x.csv"), "1,2\n3,4\n").expect("a file");
    let refused =
        flatbench().args(["run", "data.toml", "--list"]).current_dir(&folder).output().expect("flatbench starts");
    assert_eq!(refused.status.code(), Some(2), "{}", shown(&refused));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no UTF-8"), "{}", shown(&refused));
}

#[test]
fn a_file_is_no_run_directory() {
    let bench = Bench::new(SUITE);
    let run = bench.run("suite.toml", &["--quiet"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(2) && said.contains("is no folder"), "{}", shown(&run));
}
