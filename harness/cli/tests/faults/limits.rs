//! Plugins that take what they should not: each costs its own run, in bounded time.

use std::process::Command;
use std::time::{Duration, Instant};

use flatbench_records::{Outcome, Record};

use crate::hostile_plugin;
use crate::support::{Bench, shown};

const SUITE: &str = r#"
name = "limits"
budget = 300
seeds = 1

[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 50
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.01 }]

[[optimizer]]
name = "segfaulting"
plugin = "hostile"
settings = [{ misbehaviour = "segfault" }]

[[optimizer]]
name = "hanging"
plugin = "hostile"
settings = [{ misbehaviour = "sleep" }]

[[optimizer]]
name = "looping"
plugin = "hostile"
settings = [{ misbehaviour = "endless-loop" }]

[[optimizer]]
name = "hoarding"
plugin = "hostile"
settings = [{ misbehaviour = "allocate-32-gib" }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.001, batch_size = 4 }]
"#;

#[test]
fn a_crash_a_hang_and_32_gib_are_three_honest_records_beside_good_ones() {
    let plugin = hostile_plugin();
    let bench = Bench::new(SUITE);
    // Builds the plugins, so that the time below is that of the runs.
    let listed = bench.run("out", &["--quiet", "--list", "--plugin", &plugin]);
    assert_eq!(listed.status.code(), Some(0), "{}", shown(&listed));
    let begun = Instant::now();
    let arguments = ["--quiet", "--no-build", "--plugin", &plugin, "--time-limit", "3", "--memory-limit", "256MiB"];
    // Drawing a backtrace may take longer than the limit.
    let run = bench.run_command("out").args(arguments).env("RUST_BACKTRACE", "0").output();
    let output = run.expect("flatbench starts");
    let time = begun.elapsed();
    assert_eq!(output.status.code(), Some(3), "some runs failed: {}", shown(&output));
    let records = bench.records("out");
    assert_eq!(records.len(), 6, "every planned run has one record");
    let expected = [
        ("gd", Outcome::Completed, ""),
        ("sgd", Outcome::Completed, ""),
        ("segfaulting", Outcome::Crashed, "killed by signal 11 (SIGSEGV)"),
        ("hanging", Outcome::TimedOut, "hung in one step with the processor idle"),
        ("looping", Outcome::TimedOut, "hung in one step with the processor busy"),
        ("hoarding", Outcome::Crashed, "out of memory (see --memory-limit)"),
    ];
    for (name, outcome, words) in expected {
        let record = records.iter().find(|record| record.optimizer == name).expect("a record");
        let detail = record.result.outcome_detail.as_deref().unwrap_or_default();
        assert_eq!(record.result.outcome, outcome, "{name}: {detail}");
        assert!(detail.contains(words), "{name}: {detail:?} does not say {words:?}");
    }
    // Three seconds for the group to fall silent, three for each of the two that hang; the rest is a crowded machine.
    assert!(time < Duration::from_secs(60), "{time:?}");
}

/// The record of a plugin that misbehaves, alone, under a limit that a shell sets.
fn under(limit: &str, misbehaviour: &str) -> Record {
    let plugin = hostile_plugin();
    let text = format!(
        r#"name = "limited"
budget = 50
seeds = 1
time_limit = 30

[[case]]
family = "matrix-sensing"
rows = 6
cols = 6
rank = 1
factor_rank = 6
measurements = 40
init = ["large"]

[[optimizer]]
name = "hostile"
settings = [{{ misbehaviour = "{misbehaviour}" }}]
"#
    );
    let bench = Bench::new(&text);
    let run = bench.run_command("out");
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("{limit} && exec \"$@\""), "bash"]).arg(run.get_program()).args(run.get_args());
    limited.args(["--quiet", "--no-build", "--jobs", "1", "--plugin", &plugin]).current_dir(crate::support::root());
    let output = limited.output().expect("bash");
    assert_eq!(output.status.code(), Some(3), "{limit}: {}", shown(&output));
    bench.records("out").remove(0)
}

#[test]
fn limits_of_the_shell_are_called_by_their_names() {
    for (limit, misbehaviour, words) in [
        ("ulimit -v 4000000", "allocate-32-gib", "`ulimit -v` holds its address space to 3906 MiB"),
        ("ulimit -t 2", "endless-loop", "`ulimit -t` holds its processor time to 2 s"),
    ] {
        let record = under(limit, misbehaviour);
        let detail = record.result.outcome_detail.unwrap_or_default();
        assert_eq!(record.result.outcome, Outcome::Crashed, "{limit}: {detail}");
        assert!(detail.contains(words), "{limit}: {detail}");
    }
}
