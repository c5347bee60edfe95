//! What becomes of text that nobody takes: a reader that is gone is no fault, a full disk is one.
mod support;

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use support::{Bench, flatbench, shown};

const SUITE: &str = r#"
name = "printed"
budget = 50
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
settings = [{ step_size = 0.05 }]
"#;

/// Commands that print, with a run directory for those that need one.
fn printing(out: &str, suite: &str) -> Vec<Vec<String>> {
    let commands = [
        "--help",
        "--version",
        "list families",
        "list metrics --json",
        "list suites",
        "run SUITE --list --no-build",
        "env --no-build",
        "env --no-build --json",
        "plugin show gd --no-build",
        "export OUT --format csv",
        "export OUT --format csv --columns",
        "export OUT --format parquet",
        "compare OUT OUT",
        "report OUT",
        "verify OUT --no-build",
    ];
    let word = |word: &str| word.replace("OUT", out).replace("SUITE", suite);
    commands.iter().map(|command| command.split(' ').map(word).collect()).collect()
}

fn command(arguments: &[String]) -> Command {
    let mut command = flatbench();
    command.args(arguments);
    command
}

#[test]
fn a_reader_that_goes_away_is_no_fault_and_a_full_disk_is_one() {
    let bench = Bench::new(SUITE);
    let run = bench.run("out", &["--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", shown(&run));
    for arguments in printing(&support::text(&bench.path("out")), &support::text(&bench.path("suite.toml"))) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(&arguments).stdout(writer).stderr(Stdio::piped()).output().expect("flatbench starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("pipe") && !said.contains("panic"), "{arguments:?}: {said}");

        let full = OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
        let output = command(&arguments).stdout(full).stderr(Stdio::piped()).output().expect("flatbench starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to standard output: No space left on device"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_run_goes_on_when_nobody_listens() {
    let bench = Bench::new(SUITE);
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        writer
    };
    // Cargo, which builds the plugins, minds a closed pipe itself.
    assert_eq!(bench.run("before", &["--quiet"]).status.code(), Some(0));
    let status = bench
        .run_command("out")
        .arg("--no-build")
        .stdout(closed())
        .stderr(closed())
        .status()
        .expect("flatbench starts");
    assert_eq!(status.code(), Some(0));
    assert_eq!(bench.records("out").len(), 1);
    assert!(bench.path("out/index.html").is_file());
}
