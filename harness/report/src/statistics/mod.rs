//! Estimates and tests that verdicts are made from. Small, deterministic, and checked against SciPy's values.

mod bootstrap;
mod correlation;
mod holm;
mod random;
mod rank;
mod wilcoxon;
mod wilson;

pub use bootstrap::{Interval, bootstrap_median};
pub use correlation::{Pair, Within, kendall, spearman, within};
pub use holm::{holm, simultaneous};
pub use rank::{median, ranks};
pub use wilcoxon::wilcoxon;
pub use wilson::wilson;

/// Two-sided 95 % quantile of the standard normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// The z > 0 beyond which the standard normal distribution has `tail`, in (0, ½): bisection.
fn normal_quantile(tail: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if normal_tail(middle) > tail { low = middle } else { high = middle }
    }
    low
}

/// Distribution function of the standard normal, from the complementary error function (Press et al., Numerical
/// Recipes, 3rd ed., section 6.2.2: Chebyshev fit, fractional error below 1.2e-7).
fn normal_tail(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    const C: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let polynomial = C.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let upper = 0.5 * t * (-x * x + polynomial).exp();
    if z >= 0.0 { upper } else { 1.0 - upper }
}
