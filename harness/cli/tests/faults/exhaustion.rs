//! Plugins that use up what all runs of a worker share, and processes that they leave behind.

use std::process::Command;
use std::time::{Duration, Instant};

use flatbench_records::{Outcome, Record};

use crate::hostile_plugin;
use crate::neighbours::compiled;
use crate::support::{Bench, shown, timeless};

/// A hostile optimizer before many that are not; all in one worker.
fn suite(misbehaviour: &str) -> String {
    let mut text = String::from(
        "name = \"exhaustion\"\nbudget = 60\nseeds = 2\ntime_limit = 20\n\n[[case]]\nfamily = \"matrix-sensing\"\nrows = 6\ncols = 6\nrank = 1\nfactor_rank = 6\nmeasurements = 40\ninit = [\"large\"]\n",
    );
    text += &format!(
        "[[optimizer]]\nname = \"hostile\"\nplugin = \"hostile\"\nsettings = [{{ misbehaviour = \"{misbehaviour}\" }}]\n"
    );
    for name in ["gd", "sam", "sgd", "adam", "muon", "momentum", "sign-gd", "asam"] {
        text += &format!("[[optimizer]]\nname = \"{name}\"\n");
    }
    text
}

/// Records of all but the hostile one, after a run under `ulimit` with these arguments.
fn run(misbehaviour: &str, limit: &str) -> (Vec<Record>, Vec<Record>) {
    let bench = Bench::new(&suite(misbehaviour));
    let run = bench.run_command("out");
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("{limit} && exec \"$@\""), "bash"]).arg(run.get_program()).args(run.get_args());
    limited.args(["--quiet", "--jobs", "1", "--plugin", &hostile_plugin()]).current_dir(crate::support::root());
    let output = limited.output().expect("bash");
    assert!(matches!(output.status.code(), Some(0 | 3)), "{misbehaviour}: {}", shown(&output));
    bench.records("out").into_iter().map(timeless).partition(|record| record.optimizer == "hostile")
}

#[test]
fn nobody_else_is_blamed_for_memory_and_descriptors_that_a_plugin_takes() {
    let (_, expected) = run("none", "true");
    assert!(expected.len() == 16 && expected.iter().all(|record| record.result.outcome == Outcome::Completed));
    for (misbehaviour, limit) in [
        ("leak-memory", "true"),
        ("leak-descriptors", "ulimit -n 256"),
        ("resource-limit", "true"),
        ("reserve-address-space", "true"),
    ] {
        let (hostile, others) = run(misbehaviour, limit);
        assert_eq!(others, expected, "{misbehaviour}");
        assert_eq!(hostile.len(), 2, "{misbehaviour}");
        if misbehaviour == "reserve-address-space" {
            // What is only reserved is no memory.
            assert!(hostile.iter().all(|record| record.result.outcome == Outcome::Completed), "{hostile:?}");
        }
    }
}

#[test]
fn events_that_a_plugin_forges_change_nothing() {
    let (_, expected) = run("none", "true");
    let (hostile, others) = run("forge-events", "true");
    assert_eq!(others, expected);
    assert!(hostile.iter().all(|record| record.result.outcome == Outcome::Completed), "{hostile:?}");
}

/// Processes whose command line has a word in it.
fn running(word: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.split(|&byte| byte == 0).any(|part| part == word.as_bytes())).count()
}

#[test]
fn what_a_plugin_starts_ends_with_its_worker() {
    let (hostile, _) = run("leave-child", "true");
    assert!(hostile.iter().all(|record| record.result.outcome == Outcome::Completed), "{hostile:?}");
    assert_eq!(running("86399.5"), 0, "a process in a session of its own outlives its run");
}

#[test]
fn a_library_whose_constructor_leaves_a_child_hangs_no_command() {
    let library = compiled(&["-DLEAVE_A_CHILD"], "leaving.so");
    let path = library.path("leaving.so");
    let path = path.to_str().expect("a readable path");
    let begun = Instant::now();
    let mut show = crate::support::flatbench();
    show.args(["plugin", "show", "constructor", "--no-build", "--plugin", path]);
    let output = show.output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut check = crate::support::flatbench();
    let output = check.args(["plugin", "check", path, "--time-limit", "30"]).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    let text = suite("none").replace(
        "name = \"hostile\"\nplugin = \"hostile\"\nsettings = [{ misbehaviour = \"none\" }]",
        "name = \"constructor\"",
    );
    let bench = Bench::new(&text);
    let output = bench.run("out", &["--quiet", "--jobs", "1", "--no-build", "--plugin", path]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert_eq!(bench.records("out").len(), 18);
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}
