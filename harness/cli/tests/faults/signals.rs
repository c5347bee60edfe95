//! Being stopped politely, and being put to sleep.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::history::{Undisturbed, quiet, recorded, wait_until};
use crate::processes::{send, state_of, still_runs, workers_of, zombies_of};
use crate::support::{Bench, root};
use crate::{aloud, full, suite};

/// What ends a session politely, with its name and status.
const ENDING: [(Signal, &str, i32); 6] = [
    (Signal::INT, "SIGINT", 130),
    (Signal::TERM, "SIGTERM", 143),
    (Signal::HUP, "SIGHUP", 129),
    (Signal::USR1, "SIGUSR1", 138),
    (Signal::USR2, "SIGUSR2", 140),
    (Signal::XCPU, "SIGXCPU", 152),
];

/// A run in which signals do what they do by default, however the tests were started.
fn started(bench: &Bench, out: &str) -> Child {
    let run = quiet(bench, out);
    let mut plain = Command::new("env");
    plain.arg("--default-signal").arg(run.get_program()).args(run.get_args()).current_dir(root());
    plain.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("env of coreutils")
}

/// What a run says that was stopped, having checked how much it says is recorded.
fn ended_by(run: Child, name: &str, status: i32, bench: &Bench, out: &str, planned: usize) -> String {
    let output = run.wait_with_output().expect("a child");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{name}: {said}");
    let records = recorded(&bench.path(out));
    let missing = planned - records;
    assert!(missing > 0, "it was not stopped half-way");
    let expected = format!("stopped by {name}: {records} runs are recorded in");
    assert!(said.contains(&expected) && said.contains(&format!("{missing} are missing")), "{said}");
    assert!(said.contains("the same command continues"), "{said}");
    said
}

#[test]
fn what_asks_to_stop_ends_a_session_with_a_report_and_the_way_to_continue() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    for (signal, name, status) in ENDING {
        let run = started(&bench, name);
        wait_until("a record", || recorded(&bench.path(name)) > 5);
        let workers = workers_of(run.id());
        assert!(send(run.id(), signal));
        let said = ended_by(run, name, status, &bench, name, undisturbed.records.len());
        assert!(said.contains("report so far: "), "{said}");
        let page = std::fs::read_to_string(bench.path(name).join("index.html")).expect("a report");
        assert!(page.contains("matrix-sensing"), "the report shows what there is");
        assert!(!workers.iter().any(|worker| still_runs(worker.id)), "a worker outlives its supervisor");
        undisturbed.assert_reached_by(&bench, name);
    }
}

/// Batch systems signal all processes of a job, in any order: `scancel --signal` reaches the workers too.
#[test]
fn a_signal_to_every_process_at_once_blames_nobody() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let planned = undisturbed.records.len();
    let rounds = if full() { 8 } else { 1 };
    let mut sent = 0;
    for ((signal, name, status), round) in ENDING.into_iter().flat_map(|of| (0..rounds).map(move |round| (of, round))) {
        let out = &format!("all-{name}-{round}");
        let run = started(&bench, out);
        wait_until("a record", || recorded(&bench.path(out)) > 3 + 7 * round);
        let workers = workers_of(run.id());
        // The worst order: long before the supervisor knows, its workers are dead.
        sent += workers.iter().filter(|worker| send(worker.id, signal)).count();
        std::thread::sleep(Duration::from_millis(2 * round as u64));
        assert!(send(run.id(), signal));
        ended_by(run, name, status, &bench, out, planned);
        undisturbed.assert_reached_by(&bench, out);
    }
    aloud(&format!("signals: {sent} workers and their supervisors signalled at once: 0 records lost, 0 wrong"));
}

#[test]
fn signals_from_outside_are_no_crash_of_a_plugin() {
    let bench = Bench::new(&suite(8, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let run = started(&bench, "out");
    let others = [Signal::KILL, Signal::QUIT];
    for (kill, signal) in ENDING.map(|(signal, ..)| signal).into_iter().chain(others).enumerate() {
        wait_until("a record", || recorded(&bench.path("out")) >= 4 * (kill + 1));
        wait_until("a worker", || workers_of(run.id()).first().is_some_and(|worker| send(worker.id, signal)));
    }
    let output = run.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(0), "no run fails: {}", String::from_utf8_lossy(&output.stderr));
    undisturbed.assert_reached_by(&bench, "out");
}

/// `nohup` ignores the signal, which is to say that the program is to go on.
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let bench = Bench::new(&suite(4, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let run = quiet(&bench, "out");
    let mut nohup = Command::new("env");
    nohup.args(["--default-signal", "--ignore-signal=HUP"]).arg(run.get_program()).args(run.get_args());
    let mut run = nohup.current_dir(root()).stdout(Stdio::null()).spawn().expect("env of coreutils");
    wait_until("a record", || recorded(&bench.path("out")) > 0);
    assert!(send(run.id(), Signal::HUP));
    assert_eq!(run.wait().expect("a child").code(), Some(0));
    undisturbed.assert_reached_by(&bench, "out");
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
