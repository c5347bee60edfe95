//! FAM and the trace penalty for real, on a small anisotropic instance: two measures of flatness, two points, of which one is the truth.
mod support;

use flatbench_records::{Metrics, Record};
use support::{Bench, shown};

const SUITE: &str = r#"
name = "relative-flatness"
budget = 16000
seeds = 2
baseline = "gd"

[[case]]
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 45
condition_number = 30.0
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" } }]

[[optimizer]]
name = "trace-penalty"
settings = [{ step_size = { value = 0.3, unit = "1/lambda_max" }, momentum = 0.97, penalty = { schedule = "geometric", from = 1e-1, to = 1e-6 } }]

[[optimizer]]
name = "fam"
settings = [{ step_size = { value = 0.3, unit = "1/lambda_max" }, momentum = 0.99, penalty = { schedule = "geometric", from = 1e-2, to = 1e-7 } }]
"#;

#[test]
fn each_penalty_is_flattest_by_its_own_measure() {
    let bench = Bench::new(SUITE);
    let output = bench.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let limit = |name: &str, repetition| -> Metrics {
        let run = |record: &&Record| record.optimizer == name && record.repetition == repetition;
        let record = records.iter().find(run).expect("every optimizer ran on every draw");
        record.result.limit.as_ref().expect("a limit").metrics.clone()
    };
    for repetition in 0..2 {
        let [gd, trace, fam] = ["gd", "trace-penalty", "fam"].map(|name| limit(name, repetition));
        let flatness = |metrics: &Metrics| metrics.relative_flatness.expect("a small instance");
        let excess = |metrics: &Metrics| metrics.excess_flatness.expect("a certified reference");
        for (name, metrics) in [("gd", &gd), ("trace-penalty", &trace), ("fam", &fam)] {
            println!(
                "{name} #{repetition}: relative flatness {:.4}, excess flatness {:.4}, relative error {:.1e}",
                flatness(metrics),
                excess(metrics),
                metrics.relative_error.expect("a truth")
            );
        }
        assert!(flatness(&fam) < 0.3 * flatness(&gd), "FAM lowers what it penalizes");
        assert!(
            flatness(&fam) < 0.9 * flatness(&trace),
            "it is flatter than the trace penalty's point by its own measure"
        );
        assert!(excess(&trace) < 1.001 && excess(&fam) > 1.1, "and less flat by the trace");
        // The flattest minimum by the trace is the truth here, that by relative flatness is not.
        assert!(trace.relative_error < Some(1e-3) && fam.relative_error > Some(0.1));
    }
}
