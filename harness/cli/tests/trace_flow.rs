//! Trace flow for real, on small instances: down the Hessian trace along the zero-loss set, to the certified flattest minimum.
mod support;

use flatbench_records::{Record, Trajectory};
use support::{Bench, shown};

const SUITE: &str = r#"
name = "trace-flow"
budget = 10000
seeds = 2
baseline = "gd"

[[case]]
name = "sensing"
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 45
init = ["large"]

[[case]]
name = "anisotropic"
budget = 20000
family = "matrix-sensing"
rows = 8
cols = 8
rank = 1
factor_rank = 8
measurements = 45
condition_number = 100.0
init = ["large"]

[[case]]
name = "sparse"
family = "deep-sparse-recovery"
dimension = 30
sparsity = 2
depth = 2
measurements = 20
init = ["large"]

[[optimizer]]
name = "gd"
settings = [{ step_size = { value = 0.5, unit = "1/lambda_max" } }]

[[optimizer]]
name = "trace-flow"

[[optimizer]]
name = "trace-flow-plain"
plugin = "trace-flow"
settings = [{ memory = 0, longest_step = 0.03 }]

# Hardly leaves the point where the flow begins.
[[optimizer]]
name = "arrival"
plugin = "trace-flow"
settings = [{ memory = 0, longest_step = 1e-9 }]
"#;

/// How far from 1 the excess flatness ends; plain small steps are still on their way when the budget is spent.
const AT_THE_MINIMUM: f64 = 1e-6;
const PLAIN: f64 = 1e-4;
/// Rises of the trace by this fraction are those of residuals that are zero to half of the digits.
const ROUNDING: f64 = 1e-9;

fn trajectory(bench: &Bench, record: &Record) -> Trajectory {
    let path = bench.path(&format!("out/trajectories/{}.json", record.key));
    serde_json::from_slice(&std::fs::read(path).expect("a trajectory")).expect("a trajectory")
}

#[test]
fn the_trace_falls_along_the_zero_loss_set_to_the_certified_flattest_minimum() {
    let bench = Bench::new(SUITE);
    let output = bench.run("out", &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    let records = bench.records("out");
    let flows: Vec<_> = records.iter().filter(|record| record.optimizer.starts_with("trace-flow")).collect();
    assert_eq!(flows.len(), 12);
    let on_the_same = |name: &str, record: &Record| {
        let run = |other: &&Record| {
            (other.optimizer.as_str(), &other.case, other.repetition) == (name, &record.case, record.repetition)
        };
        records.iter().find(run).expect("every optimizer ran on every draw")
    };
    for record in flows {
        let context = format!("{} on {} #{}", record.optimizer, record.case, record.repetition);
        let flat = record.result.reference.flat.as_ref().expect("a reference");
        assert!(flat.certified && flat.exact, "{context}: {flat:?}");
        let iterate = record.result.iterate.as_ref().expect("metrics at the iterate");
        let excess = iterate.excess_flatness.expect("an exact trace and a reference");

        let (of_flow, rest): (Vec<_>, Vec<_>) = trajectory(&bench, record)
            .checkpoints
            .into_iter()
            .partition(|checkpoint| checkpoint.reported.contains_key("relative_tangential_gradient"));
        assert!(of_flow.len() > 4 && rest.len() > 1, "{context}: both phases are seen");
        let first_loss = rest[0].train_loss.expect("a loss");
        let traces: Vec<f64> = of_flow.iter().map(|checkpoint| checkpoint.hessian_trace.expect("a trace")).collect();
        println!(
            "{context}: excess flatness {:.3} → 1{:+.1e} in {} checkpoints, relative error {:?}, {:.0} gradients, tangential {:e}",
            traces[0] / flat.upper.expect("an interval"),
            excess - 1.0,
            of_flow.len(),
            iterate.relative_error,
            of_flow[of_flow.len() - 1].gradient_equivalents,
            of_flow[of_flow.len() - 1].reported["relative_tangential_gradient"],
        );
        for checkpoint in &of_flow {
            assert!(checkpoint.train_loss.expect("a loss") < 1e-18 * first_loss, "{context}: {checkpoint:?}");
            let (said, is) = (checkpoint.reported["trace"], checkpoint.hessian_trace.expect("a trace"));
            assert!((said / is - 1.0).abs() < 1e-12, "{context}: {said} {is}");
        }
        assert!(traces.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + ROUNDING)), "{context}: {traces:?}");
        let allowed = if record.optimizer == "trace-flow" { AT_THE_MINIMUM } else { PLAIN };
        assert!((excess - 1.0).abs() < allowed, "{context}: {excess}");
        // The flow begins where gradient descent arrives.
        let gd = on_the_same("gd", record).result.limit.as_ref().expect("a limit of gradient descent");
        let arrival = on_the_same("arrival", record).result.iterate.as_ref().expect("metrics at the iterate");
        let begins = arrival.hessian_trace.expect("a trace") / gd.metrics.hessian_trace.expect("a trace");
        assert!((begins - 1.0).abs() < 0.05, "{context}: the flow begins at {begins} times the trace of GD's limit");
        assert!(iterate.hessian_trace < arrival.hessian_trace, "{context}");
    }
}
