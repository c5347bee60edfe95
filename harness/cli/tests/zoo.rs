//! What the README says of the archive `zoo`, sentence by sentence, read off its records. The table of the README is the one that
//! `flatbench gallery reports/zoo --markdown` prints.
mod support;

use std::collections::{BTreeMap, BTreeSet};

use flatbench_instances::catalog;
use flatbench_records::directory::Contents;
use flatbench_records::{Init, LimitState, Metrics, Outcome, Record};
use support::{flatbench, root, shown, text};

/// Relative error at or below which the truth is recovered.
const RECOVERED: f64 = 1e-3;

/// Case, draw and start.
type Place = (String, u64, Init);

fn zoo() -> Vec<Record> {
    Contents::of(&root().join("reports/zoo"), None).expect("it is committed").records
}

fn limit(record: &Record) -> Option<&Metrics> {
    record.result.limit.as_ref().filter(|limit| limit.state == LimitState::Reached).map(|limit| &limit.metrics)
}

fn excess(record: &Record) -> f64 {
    limit(record).and_then(|metrics| metrics.excess_flatness).unwrap_or(f64::INFINITY)
}

fn error(record: &Record) -> f64 {
    limit(record).and_then(|metrics| metrics.relative_error).unwrap_or(f64::INFINITY)
}

/// Whether the flattest minimum that is known is the truth.
fn is_telling(record: &Record) -> bool {
    record
        .result
        .reference
        .flat
        .as_ref()
        .is_some_and(|flat| flat.exact && flat.relative_error.is_some_and(|error| error <= 1e-6))
}

/// Runs from `init` on instances whose flattest minimum is the truth, skipped ones left out.
fn telling(all: &[Record], optimizer: &str, init: Init) -> Vec<Record> {
    let own = |r: &&Record| {
        r.optimizer == optimizer && r.init == init && is_telling(r) && r.result.outcome != Outcome::Skipped
    };
    let own: Vec<Record> = all.iter().filter(own).cloned().collect();
    assert!(own.len() >= 10, "{optimizer}: {} runs", own.len());
    own
}

fn recovered(runs: &[Record]) -> usize {
    runs.iter().filter(|run| error(run) <= RECOVERED).count()
}

/// Median excess flatness by case.
fn by_case(runs: &[Record]) -> BTreeMap<&str, f64> {
    let cases: BTreeSet<&str> = runs.iter().map(|run| run.case.as_str()).collect();
    let median = |case: &str| {
        let mut own: Vec<f64> = runs.iter().filter(|run| run.case == case).map(excess).collect();
        own.sort_by(f64::total_cmp);
        own[(own.len() - 1) / 2]
    };
    cases.into_iter().map(|case| (case, median(case))).collect()
}

#[test]
fn every_optimizer_that_ships_is_in_it_with_the_trials_of_its_search() {
    let all = zoo();
    let names: BTreeSet<&str> = all.iter().map(|record| record.optimizer.as_str()).collect();
    let shipped = flatbench().args(["list", "optimizers", "--no-build", "--json"]).output().expect("flatbench starts");
    let shipped: serde_json::Value = serde_json::from_slice(&shipped.stdout).expect("JSON");
    for name in shipped.as_array().expect("a list").iter().filter_map(|row| row["name"].as_str()) {
        // What ships in C or Python shows how to write a plugin, and does what a plugin in Rust does.
        assert!(names.contains(name) || ["momentum-c", "sgd-python"].contains(&name), "{name} is not in the archive");
    }
    assert!(names.len() >= 30, "{names:?}");
    let trials = flatbench_records::directory::trials(&root().join("reports/zoo")).expect("readable").expect("kept");
    for name in names {
        for init in Init::STANDARD {
            let own = trials.iter().filter(|trial| trial.optimizer == name && trial.init == init).count();
            assert_eq!(own, 16, "{name} from a {init} start");
        }
    }
}

/// (recovered, runs, cases on which every run is within 1 % of the flattest minimum, cases) of an optimizer.
fn score(all: &[Record], optimizer: &str, init: Init) -> (usize, usize, usize, usize) {
    let runs = telling(all, optimizer, init);
    let cases: BTreeSet<&str> = runs.iter().map(|run| run.case.as_str()).collect();
    let reached = |case: &&&str| runs.iter().filter(|run| run.case == ***case).all(|run| excess(run) <= 1.01);
    (recovered(&runs), runs.len(), cases.iter().filter(reached).count(), cases.len())
}

/// Median over cases of the medians.
fn height(all: &[Record], optimizer: &str, init: Init) -> f64 {
    let runs = telling(all, optimizer, init);
    let mut medians: Vec<f64> = by_case(&runs).into_values().collect();
    medians.sort_by(f64::total_cmp);
    let n = medians.len();
    f64::midpoint(medians[(n - 1) / 2], medians[n / 2])
}

const GO_FOR_THE_TRACE: [&str; 3] = ["trace-flow", "trace-penalty", "sam-batch-1"];
const ADAPTIVE: [&str; 6] = ["adamw", "rmsprop", "lion", "adafactor", "muon", "muon-polar"];
const LOSS_ALONE: [&str; 11] = [
    "gd",
    "momentum",
    "sgd",
    "swa",
    "lookahead",
    "l-bfgs",
    "levenberg-marquardt",
    "polyak-gd",
    "scaled-gd",
    "alternating-scaled-gd",
    "alt-min",
];
const OTHER_SHARPNESS: [&str; 6] =
    ["sam", "asam", "sam-annealed", "lambda-max-penalty", "gradient-norm-penalty", "normalized-gd"];

#[test]
fn fifteen_recover_something_from_a_large_start_and_twenty_two_nothing() {
    let all = zoo();
    let names: BTreeSet<&str> = all.iter().map(|record| record.optimizer.as_str()).collect();
    let counts: BTreeMap<&str, (usize, usize, usize, usize)> =
        names.iter().map(|name| (*name, score(&all, name, Init::Large))).collect();
    println!("{counts:?}");
    assert_eq!(counts.values().filter(|count| count.0 == 0).count(), 22);
    assert_eq!(counts.len(), 37);
}

#[test]
fn those_that_go_for_the_trace_reach_the_flattest_minimum() {
    let all = zoo();
    let [flow, penalty, single] = GO_FOR_THE_TRACE.map(|name| score(&all, name, Init::Large));
    assert_eq!((flow, penalty, single), ((25, 25, 7, 7), (25, 28, 7, 8), (22, 25, 6, 7)));
    for name in &GO_FOR_THE_TRACE[1..] {
        // The case that they leave out, and how near they come to it.
        let runs = telling(&all, name, Init::Large);
        let anisotropic: Vec<f64> = runs.iter().filter(|run| run.case == "anisotropic").map(excess).collect();
        assert!(anisotropic.iter().all(|excess| (1.0..1.06).contains(excess)), "{name}: {anisotropic:?}");
        assert!(anisotropic.iter().any(|excess| *excess > 1.01), "{name}: {anisotropic:?}");
    }
    // Of all others only AdamW reaches as many as six.
    let names: BTreeSet<&str> = all.iter().map(|record| record.optimizer.as_str()).collect();
    let many = |name: &&str| !GO_FOR_THE_TRACE.contains(name) && score(&all, name, Init::Large).2 >= 6;
    assert_eq!(names.iter().copied().filter(many).collect::<Vec<_>>(), ["adamw"]);
}

#[test]
fn adaptive_and_normalized_steps_recover_without_going_for_the_trace() {
    let all = zoo();
    for name in ADAPTIVE {
        let (recovered, runs, ..) = score(&all, name, Init::Large);
        let height = height(&all, name, Init::Large);
        println!("{name}: {recovered} of {runs}, median {height:.3}");
        assert!((22..=25).contains(&recovered) && runs == 28 && height <= 1.06, "{name}: {recovered} {height}");
        // Whatever the start.
        let (small, ..) = score(&all, name, Init::Small);
        assert!((22..=25).contains(&small), "{name}: {small}");
    }
    let (recovered, runs, ..) = score(&all, "label-noise-sgd", Init::Large);
    assert_eq!((recovered, runs), (20, 25));
}

#[test]
fn what_goes_for_the_loss_alone_recovers_nothing_from_a_large_start() {
    let all = zoo();
    for name in LOSS_ALONE {
        let height = height(&all, name, Init::Large);
        println!("{name}: median {height:.2}");
        assert!(score(&all, name, Init::Large).0 == 0 && (2.6..7.5).contains(&height), "{name}: {height}");
    }
}

#[test]
fn another_sharpness_is_another_goal() {
    let all = zoo();
    for name in OTHER_SHARPNESS {
        let height = height(&all, name, Init::Large);
        println!("{name}: median {height:.2}");
        assert!(score(&all, name, Init::Large).0 == 0 && (2.6..3.1).contains(&height), "{name}: {height}");
    }
}

/// Where measurements have unequal directions, the penalty of relative flatness lowers it several times, and leaves a larger trace than the
/// penalty of the trace.
#[test]
fn relative_flatness_is_another_goal_too() {
    let all = zoo();
    let of = |name: &str| -> Vec<(f64, f64)> {
        let own = |r: &&Record| r.optimizer == name && r.case == "anisotropic" && r.init == Init::Large;
        let measured = |r: &Record| {
            let metrics = limit(r).expect("it is reached");
            (metrics.hessian_trace.expect("measured"), metrics.relative_flatness.expect("measured"))
        };
        all.iter().filter(own).map(measured).collect()
    };
    let (fam, penalty, gd) = (of("fam"), of("trace-penalty"), of("gd"));
    println!("fam {fam:?}, trace penalty {penalty:?}, gd {gd:?}");
    assert_eq!(fam.len(), 3);
    for ((fam, penalty), gd) in fam.iter().zip(&penalty).zip(&gd) {
        assert!(fam.1 < 0.5 * gd.1, "it lowers relative flatness");
        assert!(penalty.0 < fam.0);
    }
}

#[test]
fn on_the_controls_nobody_is_flatter_than_anybody() {
    let all = zoo();
    let is_control = |record: &&Record| {
        catalog().iter().any(|family| family.name == record.family && family.is_control(&record.family_parameters))
    };
    let mut ends: BTreeMap<Place, (f64, f64)> = BTreeMap::new();
    let mut count = 0;
    for record in all.iter().filter(is_control) {
        let Some(trace) = limit(record).and_then(|metrics| metrics.hessian_trace) else { continue };
        let place = (record.case.clone(), record.instance_seed, record.init);
        let ends = ends.entry(place).or_insert((f64::INFINITY, 0.0));
        *ends = (ends.0.min(trace), ends.1.max(trace));
        count += 1;
    }
    assert!(count >= 350 && ends.len() == 12, "{count} runs on {} instances", ends.len());
    assert!(ends.values().all(|(least, most)| most / least <= 1.0 + 3e-6), "{ends:?}");
}

#[test]
fn the_table_is_the_one_that_the_gallery_prints() {
    let folder = root().join("reports/zoo");
    let output =
        flatbench().args(["gallery", &text(&folder), "--markdown", "--no-build"]).output().expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("it is committed");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.lines().count() > 70 && readme.contains(table.trim()), "print it again");
}
