//! What a suite asks to be measured besides, for real: more is recorded, and the runs are the same.
mod support;

use std::collections::BTreeMap;

use flatbench_records::{Record, Termination, Trajectory};
use support::{Bench, flatbench, shown};

const SUITE: &str = r#"
name = "measured"
budget = 600
seeds = 2
baseline = "gd"

[[case]]
family = "matrix-sensing"
rows = 6
cols = 5
rank = 1
factor_rank = 5
measurements = 24
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" } }]

# Comes to a standstill, which is judged from one scheduled checkpoint to the next.
[[optimizer]]
name = "fading"
plugin = "gd"
settings = [{ step_size = { schedule = "geometric", from = 0.5, to = 1e-18, unit = "1/lambda_max" } }]

[[optimizer]]
name = "momentum"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" } }]
"#;

fn trajectory(bench: &Bench, out: &str, record: &Record) -> Trajectory {
    let path = bench.path(&format!("{out}/trajectories/{}.json", record.key));
    serde_json::from_slice(&std::fs::read(path).expect("a trajectory")).expect("a trajectory")
}

/// A record without its key and its timings.
fn course(record: &Record) -> String {
    let mut value = serde_json::to_value(record).expect("plain data");
    for field in ["key", "optimizer_seconds", "measurement_seconds", "reference_seconds"] {
        value.as_object_mut().expect("an object").remove(field);
    }
    value.to_string()
}

#[test]
fn more_checkpoints_are_those_of_the_same_run() {
    let [few, many] = ["", "[measure]\ncheckpoints = { every = 3 }\n"].map(|more| {
        let bench = Bench::new(&SUITE.replace("[[case]]", &format!("{more}[[case]]")));
        let output = bench.run("out", &["--quiet", "--tier", "full"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        bench
    });
    let place = |record: &Record| (record.optimizer.clone(), record.repetition);
    let others: BTreeMap<_, Record> = many.records("out").into_iter().map(|r| (place(&r), r)).collect();
    assert_eq!(others.len(), 6);
    let stalled = |record: &&Record| record.result.termination == Some(Termination::Stalled);
    assert_eq!(others.values().filter(stalled).count(), 2, "those that fade away");
    for record in few.records("out") {
        let other = &others[&place(&record)];
        assert_ne!(record.key, other.key, "what is recorded is in the key");
        assert_eq!(course(&record), course(other));
        let [plain, dense] = [(&few, &record), (&many, other)].map(|(bench, record)| trajectory(bench, "out", record));
        let steps = |t: &Trajectory| t.checkpoints.iter().map(|c| c.step).collect::<Vec<_>>();
        let (scheduled, all) = (steps(&plain), steps(&dense));
        assert!(all.is_sorted_by(|a, b| a < b), "no moment is measured twice: {all:?}");
        assert!(scheduled.iter().all(|step| all.contains(step)) && all.len() > scheduled.len() + 20, "{}", all.len());
        for point in &plain.checkpoints {
            let twin = dense.checkpoints.iter().find(|c| c.step == point.step).expect("it is there");
            assert_eq!(
                (point.train_loss, point.lambda_max, point.distance),
                (twin.train_loss, twin.lambda_max, twin.distance)
            );
            // The more often one looks, the longer a way is.
            assert!(twin.path_length >= point.path_length.map(|length| length * (1.0 - 1e-12)), "{point:?}");
        }
        assert!(dense.checkpoints.iter().all(|c| c.lambda_max.is_some()));
    }
    // What was recorded can be done again.
    let verify = flatbench().arg("verify").arg(many.path("out")).args(["--sample", "2", "--no-build"]).output();
    let output = verify.expect("flatbench starts");
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}
