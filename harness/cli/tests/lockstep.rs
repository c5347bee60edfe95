//! A run's numbers do not depend on its company: not on the other optimizers, nor on the number of workers, nor on who
//! solved its references.
mod support;

use flatbench_records::{Init, Record};
use support::{Bench, shown, timeless};

const SUITE: &str = r#"
name = "lockstep"
budget = 600
seeds = 2

[[case]]
family = "matrix-sensing"
rows = 9
cols = 8
rank = 1
factor_rank = 8
measurements = 60
init = ["large"]

[[case]]
family = "deep-matrix-factorization"
rows = 6
cols = 6
rank = 1
factor_rank = 6
measurements = 30
depth = 3
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = 0.02 }]

[[optimizer]]
name = "sam"
settings = [{ step_size = 0.01, radius = 0.05 }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = 0.005, batch_size = 4 }]

[[optimizer]]
name = "label-noise-sgd"
settings = [{ step_size = 0.005, noise = 0.1, batch_size = 0 }]

[[optimizer]]
name = "trace-penalty"
settings = [{ step_size = 0.01 }]
"#;

const OPTIMIZERS: [&str; 5] = ["gd", "sam", "sgd", "label-noise-sgd", "trace-penalty"];

#[test]
fn records_are_the_same_alone_in_a_group_and_with_two_workers() {
    let bench = Bench::new(SUITE);
    let records = |out: &str, arguments: &[&str]| -> Vec<Record> {
        let output = bench.run(out, arguments);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        bench.records(out).into_iter().map(timeless).collect()
    };
    let together = records("together", &["--quiet", "--jobs", "1"]);
    assert_eq!(together.len(), 20);
    assert_eq!(records("two", &["--quiet", "--no-build", "--jobs", "2"]), together);
    for optimizer in OPTIMIZERS {
        // One run per instance: it has the worker to itself.
        let alone = records(optimizer, &["--quiet", "--no-build", "--jobs", "1", "--optimizer", optimizer]);
        let same: Vec<Record> = together.iter().filter(|record| record.optimizer == optimizer).cloned().collect();
        assert_eq!(alone, same, "{optimizer}");
    }
}

#[test]
fn records_are_the_same_whether_references_were_solved_or_handed_over() {
    let records = |suite: &str| -> Vec<Record> {
        let bench = Bench::new(suite);
        let output = bench.run("out", &["--quiet", "--jobs", "1", "--optimizer", "gd"]);
        assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
        bench.records("out")
    };
    // The small starts are handed what was solved for the large ones of the same instances.
    let together = records(&SUITE.replace("init = [\"large\"]\n", ""));
    assert_eq!(together.len(), 8);
    // The shortest time, which a busy machine disturbs least.
    let seconds = |init: Init| {
        let of = together.iter().filter(|record| record.init == init);
        of.map(|record| record.result.reference_seconds).fold(f64::INFINITY, f64::min)
    };
    assert!(seconds(Init::Small) < seconds(Init::Large), "{} {}", seconds(Init::Small), seconds(Init::Large));
    assert!(together.iter().all(|record| record.result.reference.flat.is_some()));
    let mut apart = records(&SUITE.replace("init = [\"large\"]", "init = [\"small\"]"));
    assert!(apart.iter().all(|record| record.init == Init::Small));
    apart.extend(records(SUITE));
    apart.sort_by(|a, b| a.key.cmp(&b.key));
    let timeless = |records: Vec<Record>| records.into_iter().map(timeless).collect::<Vec<_>>();
    assert_eq!(timeless(apart), timeless(together));
}
