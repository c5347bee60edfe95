//! Statistics against the values of SciPy in `scipy/expected.json`, which `scipy/make.py` writes.

use flatbench_report::statistics::{Pair, holm, kendall, median, spearman, wilcoxon, wilson, within};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    wilcoxon: Vec<Wilcoxon>,
    correlation: Vec<Correlation>,
    wilson: Vec<Wilson>,
    median: Vec<Median>,
}

#[derive(Deserialize)]
struct Wilcoxon {
    differences: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Correlation {
    x: Vec<f64>,
    y: Vec<f64>,
    spearman: f64,
    kendall: f64,
}

#[derive(Deserialize)]
struct Wilson {
    successes: usize,
    trials: usize,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Median {
    values: Vec<f64>,
    median: f64,
}

fn expected() -> Expected {
    serde_json::from_str(include_str!("scipy/expected.json")).expect("the committed values parse")
}

#[test]
fn wilcoxon_agrees() {
    for case in expected().wilcoxon {
        let n = case.differences.len();
        let p = wilcoxon(&case.differences).expect("there are differences");
        let tolerance = if n <= 25 { 1e-12 } else { 3e-7 };
        assert!((p - case.p).abs() <= tolerance * case.p.max(1e-3), "n = {n}: {p} against {}", case.p);
    }
    assert_eq!(wilcoxon(&[0.0, 0.0]), None);
}

#[test]
fn correlations_agree() {
    for case in expected().correlation {
        let (rho, tau) = (spearman(&case.x, &case.y), kendall(&case.x, &case.y));
        assert!((rho.expect("both vary") - case.spearman).abs() < 1e-12, "{rho:?} against {}", case.spearman);
        assert!((tau.expect("both vary") - case.kendall).abs() < 1e-12, "{tau:?} against {}", case.kendall);
    }
    assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    assert_eq!(kendall(&[1.0], &[1.0]), None);
}

#[test]
fn wilson_intervals_agree() {
    for case in expected().wilson {
        let interval = wilson(case.successes, case.trials).expect("there are trials");
        assert!((interval.low - case.low).abs() < 1e-12 && (interval.high - case.high).abs() < 1e-12, "{interval:?}");
    }
    assert_eq!(wilson(0, 0), None);
}

#[test]
fn medians_agree() {
    for case in expected().median {
        let middle = median(&case.values).expect("there are values");
        assert!((middle - case.median).abs() <= 1e-15 * case.median.abs());
    }
}

/// A case of runs on instances of their own, by optimizers of their own: (measure, outcome).
fn case(index: usize, runs: impl Iterator<Item = (f64, f64)>) -> (usize, Vec<Pair>) {
    let pair = |(i, (measure, outcome))| Pair { instance: i as u64, optimizer: i, measure, outcome };
    (index, runs.enumerate().map(pair).collect())
}

#[test]
fn a_reversal_between_cases_does_not_fool_the_correlation_within() {
    // Inside each case the outcome rises with the measure; across cases it falls.
    let of = |c: usize| (0..12).map(move |i| (c as f64 * 100.0 + f64::from(i), f64::from(i) - c as f64 * 50.0));
    let cases: Vec<(usize, Vec<Pair>)> = (0..6).map(|c| case(c, of(c))).collect();
    let inside = within(&cases, 0.95, 1).expect("both vary");
    assert!(inside.correlation.estimate > 0.999 && inside.p <= 0.001 + 1e-12);
    let (x, y): (Vec<f64>, Vec<f64>) = cases.iter().flat_map(|c| &c.1).map(|p| (p.measure, p.outcome)).unzip();
    assert!(spearman(&x, &y).expect("both vary") < -0.8);
}

#[test]
fn unrelated_data_are_not_resolved() {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64
    };
    let mut rejections = 0;
    for seed in 0..40 {
        let cases: Vec<(usize, Vec<Pair>)> =
            (0..4).map(|c| case(c, (0..10).map(|_| (next(), next())).collect::<Vec<_>>().into_iter())).collect();
        rejections += usize::from(within(&cases, 0.95, seed).expect("both vary").p < 0.05);
    }
    assert!(rejections <= 6, "{rejections} of 40 at 5 %");
    assert_eq!(holm(&[0.2, 0.01]), [0.2, 0.02]);
}

#[test]
fn what_three_optimizers_show_is_not_resolved_by_more_instances() {
    // Three optimizers at three heights: over forty instances the ranks are always the same, and still they are three.
    let runs = |instance: u64| {
        (0..3).map(move |optimizer| Pair {
            instance,
            optimizer,
            measure: optimizer as f64,
            outcome: [0.0, 2.0, 1.0][optimizer] + 1e-3 * instance as f64,
        })
    };
    let together = [(0, (0..40).flat_map(runs).collect::<Vec<_>>())];
    let by_instances = within(&together, 0.95, 1).expect("both vary");
    let interval = by_instances.correlation;
    assert!(interval.estimate > 0.4 && interval.low < 0.0, "{interval:?}");
    // Inside each optimizer nothing varies but the instance.
    let apart: Vec<(usize, Vec<Pair>)> =
        (0..3).map(|o| (0, (0..40).flat_map(runs).filter(|p| p.optimizer == o).collect())).collect();
    assert_eq!(within(&apart, 0.95, 1), None, "the measure of one optimizer is the same on every instance");
}
