use flatbench_report::statistics::{bootstrap_median, holm, kendall, spearman, wilcoxon, wilson};

use super::check::Check;

/// Samples drawn for each rate.
const TRIALS: u64 = 400;
const PAIRS: usize = 20;

/// Statistics on data whose answer was put there.
pub fn checks(keep: &mut dyn FnMut(Check)) {
    keep(exact_values());
    keep(planted_ratio());
    keep(nothing_planted());
}

/// Values that can be worked out by hand.
fn exact_values() -> Check {
    let rising: Vec<f64> = (1..=10).map(f64::from).collect();
    let falling: Vec<f64> = rising.iter().map(|x| -x.exp()).collect();
    let values = [
        // All ten signs agree: two of 2¹⁰ patterns are as extreme.
        ("wilcoxon", wilcoxon(&rising), 2.0 / 1024.0),
        ("spearman", spearman(&rising, &falling), -1.0),
        ("kendall", kendall(&rising, &falling), -1.0),
        ("wilson", wilson(0, 10).map(|interval| interval.high), 0.277_532_8),
        ("holm", holm(&[0.01, 0.04, 0.03]).first().copied(), 0.03),
    ];
    let worst = values.iter().map(|(_, got, wanted)| (got.unwrap_or(f64::NAN) - wanted).abs()).fold(0.0, nan_max);
    let detail = format!(
        "{}; largest deviation {worst:.1e} (allowed 1e-6)",
        values.map(|(name, got, _)| format!("{name} {:.6}", got.unwrap_or(f64::NAN))).join(", ")
    );
    Check::new("statistics: values worked out by hand", worst <= 1e-6, detail, &[("largest_deviation", worst)])
}

/// Pairs whose ratio is one half, with spread: the interval holds it, and the test sees it.
fn planted_ratio() -> Check {
    let truth = 0.5_f64.ln();
    let (mut covered, mut resolved) = (0, 0);
    for seed in 0..TRIALS {
        let logs = sample(seed, truth, 0.5);
        let clusters: Vec<Vec<f64>> = logs.iter().map(|&x| vec![x]).collect();
        covered +=
            u64::from(bootstrap_median(&clusters, 0.95, seed).is_some_and(|i| i.low <= truth && truth <= i.high));
        resolved += u64::from(wilcoxon(&logs).is_some_and(|p| p < 0.05));
    }
    let (coverage, power) = (covered as f64 / TRIALS as f64, resolved as f64 / TRIALS as f64);
    let passed = (0.90..=0.99).contains(&coverage) && power >= 0.95;
    let detail = format!(
        "the 95 % interval of the median holds a planted ratio of 1/2 in {:.1} % of {TRIALS} samples (allowed 90 to \
         99), the signed-rank test sees it in {:.1} % (at least 95)",
        100.0 * coverage,
        100.0 * power
    );
    Check::new("statistics: a planted ratio is found", passed, detail, &[("coverage", coverage), ("power", power)])
}

/// Pairs that do not differ: the test at 5 % is fooled in 5 % of samples.
fn nothing_planted() -> Check {
    let fooled =
        (0..TRIALS).filter(|&seed| wilcoxon(&sample(seed + TRIALS, 0.0, 0.5)).is_some_and(|p| p < 0.05)).count();
    let rate = fooled as f64 / TRIALS as f64;
    let detail = format!(
        "the signed-rank test at 5 % sees a difference in {:.1} % of {TRIALS} samples without one (allowed 2 to 8.5)",
        100.0 * rate
    );
    Check::new(
        "statistics: nothing is found where nothing is",
        (0.02..=0.085).contains(&rate),
        detail,
        &[("rate", rate)],
    )
}

/// Values around `centre`, symmetric and bell-shaped: sums of twelve uniform numbers have variance one.
fn sample(seed: u64, centre: f64, spread: f64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut uniform = || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / u64::MAX as f64
    };
    (0..PAIRS).map(|_| centre + spread * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)).collect()
}

fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}
