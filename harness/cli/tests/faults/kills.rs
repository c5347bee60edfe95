//! SIGKILL at random moments, for the supervisor and for workers, over one plan.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use rand::RngExt;
use rustix::process::Signal;

use crate::history::{Differences, Undisturbed, assert_nothing_unfinished, keys, quiet, recorded, wait_until};
use crate::processes::{send, still_runs, workers_of};
use crate::support::{Bench, shown};
use crate::{aloud, full, moments, suite};

#[derive(Clone, Copy, PartialEq)]
enum Victim {
    Supervisor,
    Worker,
}

#[test]
fn kills_at_random_moments_lose_nothing_and_change_nothing() {
    let (supervisors, workers, seeds) = if full() { (50, 200, 150) } else { (4, 12, 16) };
    let mut random = moments();
    let bench = Bench::new(&suite(seeds, 2000));
    let undisturbed = Undisturbed::run(&bench);
    let planned = undisturbed.records.len();

    // A fault is due when so many records are there, and a random moment later.
    let victims = [vec![Victim::Supervisor; supervisors], vec![Victim::Worker; workers]].concat();
    let mut faults: Vec<(usize, Victim)> =
        victims.into_iter().map(|victim| (random.random_range(0..planned * 9 / 10), victim)).collect();
    faults.sort_by_key(|(due, _)| *due);

    let begun = Instant::now();
    let out = bench.path("killed");
    let start = || quiet(&bench, "killed").spawn().expect("flatbench starts");
    let mut supervisor = start();
    let mut seen = BTreeSet::new();
    let mut processes = BTreeSet::new();
    let mut lost = 0;
    for (due, victim) in faults {
        let due_now = |supervisor: &mut Child| {
            assert!(supervisor.try_wait().expect("a child").is_none(), "it ended before all faults were injected");
            recorded(&out) >= due
        };
        wait_until("a record", || due_now(&mut supervisor));
        std::thread::sleep(Duration::from_micros(random.random_range(0..20_000)));
        match victim {
            Victim::Worker => wait_until("a worker", || {
                assert!(supervisor.try_wait().expect("a child").is_none(), "it ended before all faults were injected");
                let alive = workers_of(supervisor.id());
                processes.extend(alive.iter().map(|worker| worker.id));
                !alive.is_empty() && send(alive[random.random_range(0..alive.len())].id, Signal::KILL)
            }),
            Victim::Supervisor => {
                processes.extend(workers_of(supervisor.id()).iter().map(|worker| worker.id));
                supervisor.kill().expect("SIGKILL");
                supervisor.wait().expect("a dead child");
                let left = keys(&out);
                lost += seen.difference(&left).count();
                seen = left;
                supervisor = start();
            }
        }
    }
    let status = supervisor.wait().expect("a child");
    assert_eq!(status.code(), Some(0), "every run is recorded, and none failed");
    let time = begun.elapsed();
    lost += seen.difference(&keys(&out)).count();
    let differences = undisturbed.differences(&bench, "killed");
    let torn = std::fs::read_to_string(out.join("records.torn.jsonl")).map_or(0, |text| text.lines().count());
    aloud(&format!(
        "kills: {supervisors} of the supervisor, {workers} of workers, over {planned} runs: {} records lost, {} wrong \
         ({torn} torn lines repaired; {:.0} s, undisturbed {:.0} s)",
        lost.max(differences.lost),
        differences.wrong,
        time.as_secs_f64(),
        undisturbed.time.as_secs_f64()
    ));
    assert_eq!((lost, differences), (0, Differences::default()));
    assert_nothing_unfinished(&out);
    wait_until("the end of every worker", || !processes.iter().any(|&id| still_runs(id)));
    let again = bench.run("killed", &["--quiet", "--no-build"]);
    assert_eq!(again.status.code(), Some(0), "nothing is left to do: {}", shown(&again));
}
