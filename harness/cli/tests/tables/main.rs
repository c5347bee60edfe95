//! The exported tables as another program reads them: DuckDB opens the CSV and the Parquet file. Needs a Python with the
//! package duckdb: `python3`, or the one that `FLATBENCH_PYTHON` names.
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::process::Command;

use flatbench_records::Record;
use serde_json::Value;
use support::{Bench, flatbench, root, shown, text};

const SUITE: &str = r#"
name = "tables"
budget = 200
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
name = "diverging"
plugin = "gd"
settings = [{ step_size = 1e6 }]

[[optimizer]]
name = "hostile"
settings = [{ misbehaviour = "segfault" }]
"#;

/// A Python that has DuckDB. `None` after saying so; a panic where `CI` is set.
fn python() -> Option<String> {
    let program = std::env::var("FLATBENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = Command::new(&program).args(["-c", "import duckdb"]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return Some(program);
    }
    let remedy = format!("{program} -m pip install duckdb, or name another Python in FLATBENCH_PYTHON");
    assert!(std::env::var_os("CI").is_none(), "no duckdb ({remedy})");
    // Standard error itself: the output of a passing test is captured, and this has to be seen.
    let _ = writeln!(std::io::stderr(), "skipped: no duckdb ({remedy})");
    None
}

fn export(bench: &Bench, format: &str) -> String {
    let file = text(&bench.path(&format!("table.{format}")));
    let out = text(&bench.path("out"));
    let output =
        flatbench().args(["export", &out, "--format", format, "--out", &file]).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    file
}

/// The field as Python prints its bits.
fn bits(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    let (sign, text) = text.strip_prefix('-').map_or((0, text), |rest| (1 << 63, rest));
    let (mantissa, exponent) = text.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.')?;
    let fraction = u64::from_str_radix(fraction, 16).ok()?;
    let exponent: i64 = exponent.parse().ok()?;
    let biased = if whole == "0" { 0 } else { u64::try_from(exponent + 1023).ok()? };
    Some(sign | biased << 52 | fraction)
}

#[test]
fn duckdb_reads_the_same_numbers_from_csv_and_parquet() {
    let Some(python) = python() else { return };
    let bench = Bench::new(SUITE);
    let hostile = text(&root().join("harness/fixtures/hostile"));
    let run = bench.run("out", &["--quiet", "--plugin", &hostile]);
    assert_eq!(run.status.code(), Some(3), "{}", shown(&run));
    let (csv, parquet) = (export(&bench, "csv"), export(&bench, "parquet"));
    let script = root().join("harness/cli/tests/tables/read.py");
    let output = Command::new(python).arg(script).args([&csv, &parquet]).output().expect("python starts");
    assert!(output.status.success(), "{}", shown(&output));
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");

    let rows = |form: &str| read[form]["rows"].as_array().expect("rows").clone();
    assert_eq!(rows("csv"), rows("parquet"), "both forms say the same");
    let records: Vec<Record> = bench.records("out");
    assert_eq!(rows("parquet").len(), records.len());
    for (row, record) in rows("parquet").iter().zip(&records) {
        assert_eq!(row["key"], record.key);
        let iterate = record.result.iterate.as_ref();
        let loss = iterate.and_then(|metrics| metrics.train_loss);
        assert_eq!(bits(&row["iterate_train_loss"]), loss.map(f64::to_bits), "{}", record.key);
        let trace = record.result.start.as_ref().and_then(|metrics| metrics.hessian_trace);
        assert_eq!(bits(&row["start_hessian_trace"]), trace.map(f64::to_bits), "{}", record.key);
        assert_eq!(row["steps"], record.result.steps);
        assert_eq!(row["outcome"], record.result.outcome.name());
        assert_eq!(row["outcome_detail"].as_str(), record.result.outcome_detail.as_deref());
        assert_eq!(row["interpolated"], record.result.interpolated);
    }
    let failed = rows("parquet").iter().filter(|row| row["iterate_train_loss"].is_null()).count();
    assert!(failed >= 4, "numbers that do not exist are null");

    let columns =
        flatbench().args(["export", "-", "--format", "parquet", "--columns"]).output().expect("flatbench starts");
    let columns = String::from_utf8_lossy(&columns.stdout).into_owned();
    let mut documented = 0;
    for line in columns.lines().skip(2) {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let name = cells.next().expect("a name").trim_matches('`');
        let kind = match cells.next() {
            Some("text") => "VARCHAR",
            Some("integer") => "BIGINT",
            Some("real") => "DOUBLE",
            Some("true or false") => "BOOLEAN",
            other => panic!("{name} has the type {other:?}"),
        };
        assert_eq!(read["parquet"]["types"][name], kind, "{name}");
        assert_eq!(read["meanings"][name], cells.next().expect("a meaning"), "{name}");
        documented += 1;
    }
    assert_eq!(read["parquet"]["types"].as_object().map(serde_json::Map::len), Some(documented));
}
