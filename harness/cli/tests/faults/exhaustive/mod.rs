//! Every call of the operating system fails once, in turn, and so does every allocation between two changes of the disk.
//!
//! The calls of the processes are counted in an undisturbed command; then the command is done once for each of them, and once
//! more undisturbed. The full form does all; the short form a sample of them.

mod product;
mod scenario;
mod shim;
mod trial;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::seq::SliceRandom;

use crate::{aloud, full, moments};
use scenario::{ALL, Scenario};
use shim::{KINDS, Point};
use trial::{Expected, Verdict};
use world::World;

/// Points of each scenario that the short form tries.
const SAMPLE: usize = 4;

#[test]
fn whatever_call_fails_nothing_is_lost_and_the_command_can_be_repeated() {
    let world = World::new();
    // SCENARIO or SCENARIO/KIND.
    let only = std::env::var("FLATBENCH_FAULTS_ONLY").unwrap_or_default();
    let (name, kind) = only.split_once('/').unwrap_or((&only, ""));
    let chosen = ALL.iter().filter(|scenario| name.is_empty() || scenario.name == name);
    let findings: Vec<String> = chosen.flat_map(|scenario| sweep(&world, scenario, kind)).collect();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// Tries the points of a scenario, those of a kind if one is given; what was found, one text each.
fn sweep(world: &World, scenario: &Scenario, kind: &str) -> Vec<String> {
    let begun = std::time::Instant::now();
    let expected = scenario.expect(world);
    let mut points = points(&expected);
    assert!(!points.is_empty(), "{}: no call was counted", scenario.name);
    points.retain(|point| kind.is_empty() || point.kind == kind);
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let findings = Mutex::new(Vec::new());
    let work = || {
        while let Some(&point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
            match scenario.attempt(world, &expected, point) {
                Verdict::NotReached => continue,
                Verdict::Well => {}
                Verdict::Wrong(call, wrong) => {
                    let Point { kind, number, error } = point;
                    let text = format!("{}: {kind} {number} ({call}) {error:?}: {}", scenario.name, wrong.join("; "));
                    aloud(&text);
                    findings.lock().expect("no thread has panicked").push(text);
                }
            }
            tried.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        // Most of the time is waiting.
        for _ in 0..2 * std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let findings = findings.into_inner().expect("no thread has panicked");
    let calls: u64 = expected.counts.iter().sum();
    if full() {
        let named = KINDS.iter().zip(&expected.counts).filter(|(_, count)| **count > 0);
        aloud(&named.map(|((kind, _), count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", "));
    }
    aloud(&format!(
        "exhaustive: {}: {calls} calls, {} points tried, {} findings ({:.0} s)",
        scenario.name,
        tried.into_inner(),
        findings.len(),
        begun.elapsed().as_secs_f64()
    ));
    findings
}

/// Every call with everything that it can fail with; a few of them in the short form.
fn points(expected: &Expected) -> Vec<Point> {
    let mut points = Vec::new();
    for ((kind, errors), &count) in KINDS.iter().zip(&expected.counts) {
        for number in 1..=count {
            points.extend(errors.iter().map(|&error| Point { kind, number, error }));
        }
    }
    if !full() {
        points.shuffle(&mut moments());
        points.truncate(SAMPLE);
    }
    points
}
