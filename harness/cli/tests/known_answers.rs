//! Matrix sensing at d = 20, r = 2, k = 20, m = 240 from a large start: where each optimizer is known to end.
mod support;

use flatbench_records::{Metrics, Record};
use support::{Bench, shown};

const SUITE: &str = r#"
name = "known-answers"
budget = 30000
seeds = 1
baseline = "gd"

[[case]]
family = "matrix-sensing"
rows = 20
cols = 20
rank = 2
factor_rank = 20
measurements = 240
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" } }]

[[optimizer]]
name = "sgd"
settings = [{ step_size = { value = 0.1, unit = "1/lambda_max" }, batch_size = 16 }]

[[optimizer]]
name = "sam"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" }, radius = 0.05 }]

[[optimizer]]
name = "trace-penalty"
settings = [{ step_size = { value = 0.3, unit = "1/lambda_max" }, momentum = 0.97, penalty = { schedule = "geometric", from = 1e-1, to = 1e-7 } }]
"#;

#[test]
fn each_optimizer_ends_where_theory_and_prototype_say() {
    let bench = Bench::new(SUITE);
    let output = bench.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let of = |name: &str| records.iter().find(|r| r.optimizer == name).expect("one record per optimizer");
    let iterate = |record: &Record| -> Metrics { record.result.iterate.clone().expect("metrics at the iterate") };

    for name in ["gd", "sgd"] {
        let record = of(name);
        assert!(record.result.interpolated, "{name} interpolates: {record:?}");
        assert!(iterate(record).relative_error > Some(1.0), "{name} does not recover: {record:?}");
    }
    let trace = |name: &str| iterate(of(name)).hessian_trace.expect("an exact trace");
    assert!(trace("sam") < 0.5 * trace("gd"), "SAM {} against GD {}", trace("sam"), trace("gd"));

    let penalty = iterate(of("trace-penalty"));
    assert!(penalty.relative_error < Some(1e-3), "the penalty recovers: {penalty:?}");
    let floor = of("trace-penalty").result.reference.truth_floor.expect("the truth's flattest factorization");
    let excess = penalty.hessian_trace.expect("an exact trace") / floor;
    assert!((excess - 1.0).abs() < 0.01, "tr H is {excess} times that of the flattest factorization of the truth");
}
