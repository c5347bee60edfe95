//! Where runs start and where they are stopped: starts of any size, spectral and given ones, ends at a loss, and what is measured where the
//! loss first falls to a level.
mod support;

use std::path::Path;

use flatbench_records::{Init, Record, Termination, Trajectory};
use support::{Bench, shown};

/// The suite of one small case with lines at its top, in its case, and its optimizers.
fn suite(top: &str, case: &str, optimizers: &str) -> String {
    format!(
        "name = \"starts\"\nbudget = 3000\nseeds = 2\n{top}\n[[case]]\nname = \"sensing\"\nfamily = \"matrix-sensing\"\nrows = 6\ncols = 5\n\
         rank = 1\nmeasurements = 26\n{case}\n{optimizers}"
    )
}

const GD: &str =
    "[[optimizer]]\nname = \"gd\"\nsettings = [{ step_size = { value = 0.5, unit = \"1/lambda_max\" } }]\n";
const SGD: &str = "[[optimizer]]\nname = \"sgd\"\nsettings = [{ step_size = { value = 0.1, unit = \"1/lambda_max\" }, batch_size = 4 }]\n";

fn done(bench: &Bench, out: &str, arguments: &[&str]) -> Vec<Record> {
    let output = bench.run(out, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let mut records = bench.records(out);
    records.sort_by(|a, b| (&a.optimizer, &a.case, a.repetition).cmp(&(&b.optimizer, &b.case, b.repetition)));
    records
}

fn trajectory(directory: &Path, key: &str) -> Trajectory {
    flatbench_records::directory::trajectory(directory, key).expect("it can be read").expect("a trajectory")
}

/// f at the start and at the returned point.
fn losses(record: &Record) -> [f64; 2] {
    [&record.result.start, &record.result.iterate].map(|m| m.as_ref().and_then(|m| m.train_loss).expect("a loss"))
}

#[test]
fn runs_stop_at_a_loss_and_levels_are_measured_where_they_are_crossed() {
    let both = format!("{GD}\n{SGD}");
    let plain = Bench::new(&suite("", "init = [\"large\"]", &both));
    let whole = done(&plain, "out", &[]);
    let levels = "crossings = [1e-4, 1e-2]";
    let bench = Bench::new(&suite(levels, "init = [\"large\"]", &both));
    let watched = done(&bench, "out", &[]);
    assert_eq!(watched.len(), 4);
    for (record, plain_record) in watched.iter().zip(&whole) {
        let start = losses(record)[0];
        let crossings = &record.result.crossings;
        assert_eq!(crossings.iter().map(|c| c.level).collect::<Vec<_>>(), [1e-2, 1e-4], "the highest first");
        assert!(crossings.iter().all(|c| c.train_loss <= c.level * start));
        assert!(crossings[0].step <= crossings[1].step && crossings[1].step <= record.result.steps);
        // No number of the run is another one.
        assert_eq!(
            (record.result.steps, &record.result.limit),
            (plain_record.result.steps, &plain_record.result.limit)
        );
        assert_eq!(record.result.iterate, plain_record.result.iterate);
        assert_eq!(record.result.oracle_calls, plain_record.result.oracle_calls);
        assert!(plain_record.result.crossings.is_empty() && plain_record.key != record.key);
        // Checkpoints before the crossing were above the level, and none is that much later.
        let checkpoints = trajectory(&bench.path("out"), &record.key).checkpoints;
        for crossing in crossings {
            let above = |c: &&flatbench_records::Checkpoint| c.train_loss.is_some_and(|f| f > crossing.level * start);
            let first = checkpoints.iter().find(|c| !above(c)).expect("it came there");
            assert!(crossing.step <= first.step, "{} at {}, seen at {}", crossing.level, crossing.step, first.step);
            if crossing.step == first.step {
                assert_eq!(crossing.hessian_trace, first.hessian_trace);
                assert_eq!(crossing.relative_error, first.relative_error);
            }
        }
    }

    let bench = Bench::new(&suite("stop_at_loss = 1e-4", "init = [\"large\"]", &both));
    for (stopped, watched) in done(&bench, "out", &[]).iter().zip(&watched) {
        let [start, end] = losses(stopped);
        assert!(end <= 1e-4 * start);
        assert_eq!(stopped.result.termination, Some(Termination::LossReached));
        assert_eq!(stopped.stop_at_loss, Some(1e-4));
        let crossing = &watched.result.crossings[1];
        assert_eq!((stopped.result.steps, end), (crossing.step, crossing.train_loss), "where the level was crossed");
        assert!(stopped.result.limit().is_some(), "the zero-loss point next to it");
        assert!(stopped.result.outcome_detail.as_deref().is_some_and(|text| text.contains("1e-4 times")));
    }
    let replayed = support::flatbench()
        .args(["replay", &bench.path("out").to_string_lossy(), &bench.records("out")[0].key])
        .output()
        .expect("flatbench starts");
    assert!(shown(&replayed).contains("bit for bit"), "{}", shown(&replayed));
    let exported = |out: &Bench| {
        let output = support::flatbench()
            .args(["export", &out.path("out").to_string_lossy(), "--format", "csv"])
            .output()
            .expect("flatbench starts");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(!exported(&plain).contains("crossing_"));
}

#[test]
fn full_gradients_are_caught_within_one_step() {
    let mut steps = Vec::new();
    // Every step of gradient descent is a checkpoint of a budget this small.
    let text = suite("crossings = [0.5]", "init = [\"large\"]", GD).replace("budget = 3000", "budget = 40");
    let bench = Bench::new(&text);
    for record in done(&bench, "out", &[]) {
        let start = losses(&record)[0];
        let checkpoints = trajectory(&bench.path("out"), &record.key).checkpoints;
        let first = checkpoints.iter().find(|c| c.train_loss.is_some_and(|f| f <= 0.5 * start)).expect("it falls");
        let crossing = record.result.crossings.first().expect("a crossing");
        assert!(crossing.step <= first.step, "checkpoints are looked at");
        steps.push(crossing.step);
    }
    assert!(steps.iter().all(|step| (1..20).contains(step)), "{steps:?}");
}

#[test]
fn runs_start_at_points_that_other_runs_ended_at() {
    let bench = Bench::new(&suite("", "init = [\"small\"]", GD));
    let before = done(&bench, "before", &["--keep-parameters"]);
    assert!(before.iter().all(|record| record.result.limit().is_some()));
    let start = "start = { run = \"before\", optimizer = \"gd\", point = \"limit\" }";
    let noisy = "[[optimizer]]\nname = \"label-noise-sgd\"\nsettings = [{ step_size = { value = 0.1, unit = \"1/lambda_max\" } }]\n";
    std::fs::write(bench.path("suite.toml"), suite("", start, noisy)).expect("a file");
    let after = done(&bench, "after", &[]);
    assert_eq!(after.len(), before.len());
    for (record, source) in after.iter().zip(&before) {
        assert_eq!((record.instance_seed, record.init), (source.instance_seed, Init::Given));
        assert!(record.start_point.as_ref().is_some_and(|point| point.from.starts_with("limit of gd in ")));
        let (start, limit) = (record.result.start.as_ref().expect("a start"), source.result.limit().expect("a limit"));
        assert_eq!(start, limit, "every metric, bit for bit");
        // Noise moves it, and is no divergence.
        assert_ne!(record.result.termination, Some(Termination::Diverged));
        assert!(record.result.interpolated || losses(record)[1] > losses(record)[0]);
    }
    let list = bench.run("after", &["--list"]);
    assert!(shown(&list).contains("given"), "{}", shown(&list));

    // A file as it was kept, for all repetitions.
    let file = format!("start = {{ file = \"before/parameters/{}.npz\", point = \"iterate\" }}", before[0].key);
    std::fs::write(bench.path("suite.toml"), suite("", &file, GD)).expect("a file");
    let of_file = done(&bench, "of-file", &[]);
    assert_eq!(of_file[0].result.start, before[0].result.iterate);
    assert_ne!(of_file[1].result.start, before[1].result.iterate);

    // What does not fit is said before anything runs.
    std::fs::write(bench.path("suite.toml"), suite("", &file, GD).replace("cols = 5", "cols = 4")).expect("a file");
    let refused = bench.run("never", &[]);
    let text = shown(&refused);
    assert_eq!(refused.status.code(), Some(2), "{text}");
    assert!(text.contains("55 numbers are given, and w has 40 here (L 6×4, R 4×4)"), "{text}");
    assert!(!bench.path("never").exists());
}

#[test]
fn starts_may_have_any_size_and_be_spectral() {
    let bench = Bench::new(&suite("", "sweep = { init_scale = [1e-6, 0.01, 1] }", GD));
    let records = done(&bench, "out", &[]);
    assert_eq!(records.len(), 6);
    let norm = |record: &Record| record.result.start.as_ref().and_then(|m| m.parameter_norm).expect("a norm");
    for scaled in records.chunks(2) {
        let scale = scaled[0].init_scale.expect("a factor");
        let one = records.iter().find(|r| r.init_scale == Some(1.0) && r.repetition == 0).expect("the large one");
        assert!((norm(&scaled[0]) / norm(one) / scale - 1.0).abs() < 1e-12, "{scale}");
        assert_eq!(scaled[0].result.resolved, one.result.resolved, "steps in units of the large start");
    }
    let list = shown(&bench.run("out", &["--list"]));
    assert!(list.contains("scaled × 1e-6") && list.contains("scaled × 0.01"), "{list}");

    let bench = Bench::new(&suite("", "init = [\"large\", \"spectral\"]", GD));
    let records = done(&bench, "out", &[]);
    let error = |init: Init| -> Vec<f64> {
        let own = records.iter().filter(|record| record.init == init);
        own.map(|r| r.result.start.as_ref().and_then(|m| m.relative_error).expect("an error")).collect()
    };
    let (large, spectral) = (error(Init::Large), error(Init::Spectral));
    assert!(spectral.iter().all(|error| large.iter().all(|other| error < other)), "{spectral:?} {large:?}");
    let report = std::fs::read_to_string(bench.path("out/index.html")).expect("a report");
    assert!(report.contains("spectral init"), "the panel says it");
}
