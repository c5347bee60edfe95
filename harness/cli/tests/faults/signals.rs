//! Being stopped politely, and being put to sleep.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;

use crate::history::{Undisturbed, quiet, recorded, wait_until};
use crate::processes::{send, state_of, still_runs, workers_of, zombies_of};
use crate::suite;
use crate::support::Bench;

#[test]
fn ctrl_c_and_sigterm_stop_cleanly_and_say_how_to_continue() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    for (out, signal, status) in [("interrupted", Signal::INT, 130), ("terminated", Signal::TERM, 143)] {
        let run = quiet(&bench, out).stderr(Stdio::piped()).spawn().expect("flatbench starts");
        wait_until("a record", || recorded(&bench.path(out)) > 5);
        let workers = workers_of(run.id());
        assert!(send(run.id(), signal));
        let output = run.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{said}");
        let records = recorded(&bench.path(out));
        let missing = undisturbed.records.len() - records;
        assert!(missing > 0, "it was not stopped half-way");
        let expected = format!("{records} runs are recorded in");
        assert!(said.contains(&expected) && said.contains(&format!("{missing} are missing")), "{said}");
        assert!(said.contains("the same command continues"), "{said}");
        assert!(!workers.iter().any(|worker| still_runs(worker.id)), "a worker outlives its supervisor");
        undisturbed.assert_reached_by(&bench, out);
    }
}

#[test]
fn dead_workers_do_not_become_zombies() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let mut run = quiet(&bench, "out").spawn().expect("flatbench starts");
    for kill in 1..=5 {
        wait_until("a record", || recorded(&bench.path("out")) >= 4 * kill);
        wait_until("a worker", || workers_of(run.id()).first().is_some_and(|worker| send(worker.id, Signal::KILL)));
    }
    wait_until("the last zombie's end", || zombies_of(run.id()) == 0);
    assert_eq!(run.wait().expect("a child").code(), Some(0));
    undisturbed.assert_reached_by(&bench, "out");
}

/// A supervisor that was put to sleep must not count the time against its workers; a worker that was put to sleep is replaced.
#[test]
fn stopped_processes_cost_time_and_no_record() {
    // Runs take a good part of a second together, and may take five each.
    let text = suite(4, 6_000).replace("budget", "time_limit = 5\nbudget");
    let bench = Bench::new(&text);
    let undisturbed = Undisturbed::run(&bench);

    let mut run = quiet(&bench, "out").spawn().expect("flatbench starts");
    wait_until("a worker", || !workers_of(run.id()).is_empty());
    std::thread::sleep(Duration::from_millis(300));
    assert!(send(run.id(), Signal::STOP));
    std::thread::sleep(Duration::from_secs(7));
    assert!(send(run.id(), Signal::CONT));

    wait_until("a worker", || workers_of(run.id()).first().is_some_and(|worker| send(worker.id, Signal::STOP)));
    assert_eq!(run.wait().expect("a child").code(), Some(0), "no run is timed out");
    undisturbed.assert_reached_by(&bench, "out");
}

/// Ctrl-Z in a terminal reaches the supervisor alone; its workers must not go on computing.
#[test]
fn ctrl_z_stops_the_workers_too_and_costs_no_run() {
    let text = suite(4, 6_000).replace("budget", "time_limit = 60\nbudget");
    let bench = Bench::new(&text);
    let undisturbed = Undisturbed::run(&bench);
    let mut run = quiet(&bench, "out").spawn().expect("flatbench starts");
    wait_until("a record", || recorded(&bench.path("out")) > 0);
    assert!(send(run.id(), Signal::TSTP));
    let stand_still = || {
        let workers = workers_of(run.id());
        !workers.is_empty() && workers.iter().all(|worker| worker.state == 'T') && state_of(run.id()) == Some('T')
    };
    wait_until("all to stand still", stand_still);
    std::thread::sleep(Duration::from_secs(2));
    assert!(stand_still());
    assert!(send(run.id(), Signal::CONT));
    assert_eq!(run.wait().expect("a child").code(), Some(0), "no run fails");
    undisturbed.assert_reached_by(&bench, "out");
}
