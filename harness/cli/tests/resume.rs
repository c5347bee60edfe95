//! A run killed half-way and started again ends with the records of an undisturbed one.
mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use support::{Bench, shown, timeless};

const SUITE: &str = r#"
name = "resume"
budget = 4000
seeds = 4

[[case]]
family = "matrix-sensing"
rows = 12
cols = 12
rank = 2
factor_rank = 12
measurements = 90

[[case]]
family = "matrix-completion"
rows = 12
cols = 10
rank = 1
factor_rank = 10
sampling_rate = 0.7

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.05 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.01, batch_size = 4 }]

[[optimizer]]
name = "trace-penalty"
settings = [{ step_size = 0.01 }]
"#;

#[test]
fn a_killed_run_continues_and_loses_nothing() {
    let bench = Bench::new(SUITE);
    let undisturbed = bench.run("undisturbed", &["--quiet", "--jobs", "1"]);
    assert_eq!(undisturbed.status.code(), Some(0), "{}", shown(&undisturbed));
    let expected: Vec<_> = bench.records("undisturbed").into_iter().map(timeless).collect();

    let mut killed = bench
        .run_command("killed")
        .args(["--quiet", "--jobs", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("flatbench starts");
    let lines = || std::fs::read_to_string(bench.path("killed/records.jsonl")).map_or(0, |text| text.lines().count());
    let begun = Instant::now();
    while lines() < expected.len() / 3 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no records after two minutes");
        assert!(killed.try_wait().expect("a child").is_none(), "it ended before it could be killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().expect("SIGKILL");
    killed.wait().expect("a dead child");
    let left = lines();
    assert!(left < expected.len(), "{left} of {} records: nothing is left to continue", expected.len());

    let continued = bench.run("killed", &["--quiet", "--jobs", "2"]);
    assert_eq!(continued.status.code(), Some(0), "{}", shown(&continued));
    let records: Vec<_> = bench.records("killed").into_iter().map(timeless).collect();
    assert_eq!(records, expected);
}
