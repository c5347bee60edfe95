//! `flatbench run --events`: what a program that starts flatbench reads.
mod support;

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::{Output, Stdio};

use flatbench_records::Record;
use serde_json::Value;
use support::{Bench, root, shown, text};

const SUITE: &str = r#"
name = "told"
budget = 100
seeds = 2

[tuning]
seeds = 1

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
measurements = 30
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.02 }, { step_size = 0.05 }]
"#;

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["event"].as_str().expect("a name")).collect()
}

fn of<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == name).collect()
}

#[test]
fn a_session_is_told_from_its_plan_to_its_report() {
    let bench = Bench::new(SUITE);
    let output = bench.run("out", &["--events", "--no-build"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(output.stderr.is_empty(), "{}", shown(&output));
    let told = lines(&output);
    let order = names(&told);
    assert_eq!((order[0], order[order.len() - 1]), ("session", "finished"), "{order:?}");
    assert_eq!((&told[0]["format"], &told[0]["flatbench"]), (&1.into(), &env!("CARGO_PKG_VERSION").into()));
    let planned = of(&told, "planned");
    assert_eq!((&planned[0]["tuning"], &planned[0]["evaluation"]), (&2.into(), &2.into()));
    assert_eq!(planned[0]["out"], text(&bench.path("out")));
    let stages: Vec<&str> = of(&told, "stage").iter().map(|line| line["split"].as_str().expect("a word")).collect();
    assert_eq!(stages, ["tuning", "evaluation"]);
    let records = bench.records("out");
    assert_eq!((of(&told, "begun").len(), of(&told, "ended").len()), (records.len(), records.len()));
    for (index, line) in told.iter().enumerate().filter(|(_, line)| line["event"] == "ended") {
        let begun = told[..index].iter().any(|other| other["event"] == "begun" && other["key"] == line["key"]);
        assert!(begun, "{line}");
        let record = records.iter().find(|record| line["key"] == record.key.as_str()).expect("its record");
        told_as_recorded(line, record);
    }
    let counts: Vec<_> =
        of(&told, "ended").iter().map(|line| (line["done"].as_u64(), line["planned"].as_u64())).collect();
    assert_eq!(counts, [(Some(1), Some(2)), (Some(2), Some(2)), (Some(1), Some(2)), (Some(2), Some(2))]);
    let warnings = of(&told, "warning");
    assert!(
        warnings.iter().any(|line| line["text"].as_str().is_some_and(|text| text.contains("a better one may lie")))
    );
    let last = told.last().expect("a line");
    assert!(std::path::Path::new(last["report"].as_str().expect("a path")).is_file());
    assert_eq!(
        (&last["recorded"], &last["done_now"], &last["failed"], &last["status"]),
        (&4.into(), &4.into(), &0.into(), &0.into())
    );

    let again = lines(&bench.run("out", &["--events", "--no-build"]));
    assert_eq!(names(&again).iter().filter(|name| ["begun", "ended"].contains(name)).count(), 0);
    assert_eq!(again.last().map(|line| &line["done_now"]), Some(&0.into()));
}

fn told_as_recorded(line: &Value, record: &Record) {
    let whole = serde_json::to_value(record).expect("JSON");
    for field in [
        "case",
        "init",
        "repetition",
        "optimizer",
        "hyperparameters",
        "split",
        "outcome",
        "termination",
        "interpolated",
    ] {
        assert_eq!(line[field], whole[field], "{field}");
    }
    let number = |field: &str| line[field].as_f64().map(f64::to_bits);
    let limit = record.result.limit();
    assert_eq!(number("limit_excess_flatness"), limit.and_then(|limit| limit.excess_flatness).map(f64::to_bits));
    assert_eq!(number("limit_relative_error"), limit.and_then(|limit| limit.relative_error).map(f64::to_bits));
}

#[test]
fn a_run_that_fails_is_told_and_so_is_the_status() {
    let suite = SUITE.replace("[tuning]\nseeds = 1\n", "")
        + "\n[[optimizer]]\nname = \"hostile\"\nsettings = [{ misbehaviour = \"segfault\" }]\n";
    let bench = Bench::new(&suite.replace("seeds = 2", "seeds = 1"));
    let hostile = text(&root().join("harness/fixtures/hostile"));
    let output = bench.run("out", &["--events", "--plugin", &hostile]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let told = lines(&output);
    let failed: Vec<&Value> = of(&told, "ended").into_iter().filter(|line| line["failed"] == true).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&failed[0]["outcome"], &failed[0]["termination"]), (&"crashed".into(), &Value::Null));
    assert!(failed[0]["outcome_detail"].as_str().is_some_and(|text| text.contains("signal")), "{}", failed[0]);
    let last = told.last().expect("a line");
    assert_eq!((&last["event"], &last["failed"], &last["status"]), (&"finished".into(), &1.into(), &3.into()));
}

#[test]
fn each_mistake_is_a_line_with_its_place_and_the_last_line_is_what_standard_error_says() {
    let bench = Bench::new(
        &SUITE
            .replace("rows = 6", "rows = 0")
            .replace("rank = 1", "rnk = 1")
            .replace("{ step_size = 0.02 }", "{ stepsize = 0.02 }"),
    );
    let output = bench.run("out", &["--events", "--no-build"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let told = lines(&output);
    let mistakes = of(&told, "mistake");
    let suite = std::fs::read_to_string(bench.path("suite.toml")).expect("the suite");
    for (word, column) in [("rows = 0", 8), ("rnk = 1", 1), ("stepsize", 0)] {
        let (number, line) = suite.lines().enumerate().find(|(_, line)| line.contains(word)).expect("in the suite");
        let found = mistakes.iter().find(|mistake| mistake["line"] == number + 1);
        let found = found.unwrap_or_else(|| panic!("{word}: {mistakes:?}"));
        let expected = if column == 0 { 1 + line.find(word).expect("there") } else { column };
        assert_eq!(found["column"], expected, "{found}");
        assert_eq!(found["path"], text(&bench.path("suite.toml")));
        assert!(found["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    let last = told.last().expect("a line");
    assert_eq!((&last["event"], &last["status"]), (&"failed".into(), &2.into()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(last["text"].as_str(), Some(said.trim_end()), "{said}");
    assert!(!bench.path("out").exists());

    for (arguments, word) in [
        (&["--events", "--no-build", "--plugin", "nowhere"][..], "nowhere: no such file or folder"),
        (&["--events", "--optimizer", "adm", "--no-build"], "adm"),
    ] {
        let output = Bench::new(SUITE).run("out", arguments);
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        let told = lines(&output);
        let last = told.last().expect("a line");
        assert!(last["event"] == "failed" && last["text"].as_str().is_some_and(|text| text.contains(word)), "{last}");
        let refused = of(&told, "plugin-problem").iter().filter(|line| line["refused"] == true).count();
        assert_eq!(refused, usize::from(arguments.contains(&"nowhere")));
    }
}

#[test]
fn ctrl_c_ends_the_lines_with_the_counts() {
    let bench = Bench::new(&SUITE.replace("seeds = 2", "seeds = 400").replace("budget = 100", "budget = 3000"));
    let mut command = bench.run_command("out");
    command.args(["--events", "--no-build", "--jobs", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = command.spawn().expect("flatbench starts");
    let mut told = Vec::new();
    for line in BufReader::new(run.stdout.take().expect("a pipe")).lines() {
        let line: Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        // A line comes when it is said: the first record, hundreds of runs before the end.
        if line["event"] == "ended" && of(&told, "ended").is_empty() {
            let process = rustix::process::Pid::from_child(&run);
            rustix::process::kill_process(process, rustix::process::Signal::INT).expect("a signal");
        }
        told.push(line);
    }
    assert_eq!(run.wait().expect("a child").code(), Some(130));
    let last = told.last().expect("a line");
    assert_eq!((&last["event"], &last["signal"], &last["status"]), (&"interrupted".into(), &2.into(), &130.into()));
    assert_eq!(last["recorded"], bench.records("out").len());
    assert_eq!(last["recorded"].as_u64().zip(last["missing"].as_u64()).map(|(a, b)| a + b), Some(402));
}

#[test]
fn a_reader_that_goes_away_stops_no_run_and_a_full_disk_is_told() {
    let bench = Bench::new(SUITE);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status =
        bench.run_command("out").args(["--events", "--no-build"]).stdout(writer).status().expect("flatbench starts");
    assert_eq!(status.code(), Some(0));
    assert_eq!(bench.records("out").len(), 4);
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
    let output = bench
        .run_command("out")
        .args(["--events", "--no-build"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("flatbench starts");
    assert_eq!(output.status.code(), Some(4), "{}", shown(&output));

    let output = bench.run("out", &["--events", "--list"]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
}
