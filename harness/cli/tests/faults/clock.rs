//! The clock of the machine is set back and forth while a suite runs.

use std::process::Command;

use crate::history::{Undisturbed, quiet};
use crate::suite;
use crate::support::{Bench, root};

#[test]
fn a_clock_that_jumps_by_years_changes_nothing() {
    let bench = Bench::new(&suite(4, 1000));
    let undisturbed = Undisturbed::run(&bench);
    // A library that every process of the run loads first, and that answers for the system.
    let library = bench.path("clock-jumps.so");
    let source = root().join("harness/fixtures/c/clock-jumps.c");
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let compiled = Command::new(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
    assert!(compiled.expect("a C compiler").success());

    let status = quiet(&bench, "out").env("LD_PRELOAD", &library).status().expect("flatbench starts");
    assert_eq!(status.code(), Some(0));
    for record in bench.records("out") {
        let seconds = record.result.optimizer_seconds + record.result.measurement_seconds;
        assert!((0.0..600.0).contains(&seconds), "a run of {seconds} s");
    }
    let log = std::fs::read_to_string(bench.path("out/log.txt")).unwrap_or_default();
    undisturbed.assert_reached_by(&bench, "out");
    assert!(!log.contains("was away"), "{log}");
}
