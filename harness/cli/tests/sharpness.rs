//! The two laws of the suite `sharpness`, on its case with unequal directions and a quarter of its budget: over all measurements
//! SAM lowers the largest eigenvalue of the Hessian, over single ones its trace, and label noise the trace as well.
mod support;

use flatbench_records::{Metrics, Record};
use support::{Bench, root, shown};

#[test]
fn the_full_batch_lowers_the_eigenvalue_and_single_measurements_the_trace() {
    let suite = std::fs::read_to_string(root().join("harness/suites/sharpness.toml")).expect("a suite of flatbench");
    let shorter = suite.replace("budget = 60000", "budget = 15000");
    assert_ne!(shorter, suite, "the budget of the suite has changed");
    // The first case alone.
    let cases: Vec<&str> = shorter.split("[[case]]").collect();
    let (optimizers, first) = (shorter.find("[[optimizer]]").expect("optimizers"), cases[1].trim_end());
    let bench = Bench::new(&format!("{}[[case]]{first}\n\n{}", cases[0], &shorter[optimizers..]));
    let output = bench.run("out", &["--quiet", "--seeds", "2"]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));

    let records = bench.records("out");
    let limit = |record: &Record| -> Metrics { record.result.limit().cloned().expect("a zero-loss point") };
    for repetition in 0..2 {
        let of = |name: &str| -> Metrics {
            let own = |record: &&Record| record.optimizer == name && record.repetition == repetition;
            limit(records.iter().find(own).expect("one record of each optimizer"))
        };
        let [gd, full, single, noise] = ["gd", "sam", "sam-batch-1", "label-noise-sgd"].map(of);
        let said = |name: &str, point: &Metrics| {
            let (trace, eigenvalue) = (point.excess_flatness, point.lambda_max);
            println!("#{repetition} {name}: {trace:?} times the least trace, λ_max {eigenvalue:?}");
        };
        for (name, point) in [("gd", &gd), ("sam", &full), ("sam-batch-1", &single), ("label-noise-sgd", &noise)] {
            said(name, point);
        }
        assert!(
            single.excess_flatness < Some(1.05) && noise.excess_flatness < Some(1.2),
            "the trace is near the least"
        );
        assert!(full.excess_flatness > Some(1.3), "and that of the full batch is not");
        assert!(full.lambda_max.map(|own| 1.2 * own) < single.lambda_max, "whose eigenvalue is the smaller one");
        assert!(full.lambda_max < gd.lambda_max && full.excess_flatness < gd.excess_flatness, "both below GD");
    }
}
