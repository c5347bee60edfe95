use super::normal_tail;
use super::rank::ranks;

/// Largest sample for which the distribution is enumerated.
const EXACT: usize = 25;

/// Two-sided p value of Wilcoxon's signed-rank test (1945) that `differences` are symmetric about 0. Zeros are dropped,
/// ties share ranks. Exact, conditionally on the ties, for up to 25 differences, beyond that the normal approximation
/// with the correction for ties. `None` if no difference is left.
pub fn wilcoxon(differences: &[f64]) -> Option<f64> {
    let kept: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0 && !d.is_nan()).collect();
    let n = kept.len();
    if n == 0 {
        return None;
    }
    let ranks = ranks(&kept.iter().map(|d| d.abs()).collect::<Vec<_>>());
    let positive: f64 = ranks.iter().zip(&kept).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum();
    let p = if n <= EXACT { exact(&ranks, positive) } else { approximate(&ranks, positive) };
    Some(p.min(1.0))
}

/// Counts the sign patterns whose rank sum is at least as far from the middle. Ranks are multiples of ½.
fn exact(ranks: &[f64], positive: f64) -> f64 {
    let doubled: Vec<usize> = ranks.iter().map(|r| (2.0 * r).round() as usize).collect();
    let total: usize = doubled.iter().sum();
    let mut patterns = vec![0.0_f64; total + 1];
    patterns[0] = 1.0;
    for &rank in &doubled {
        for sum in (rank..=total).rev() {
            patterns[sum] += patterns[sum - rank];
        }
    }
    let observed = (2.0 * positive).round() as usize;
    let tail = observed.min(total - observed);
    let count: f64 = patterns[..=tail].iter().sum();
    2.0 * count / 2f64.powi(ranks.len() as i32)
}

fn approximate(ranks: &[f64], positive: f64) -> f64 {
    let n = ranks.len() as f64;
    let mean = n * (n + 1.0) / 4.0;
    let variance = ranks.iter().map(|r| r * r).sum::<f64>() / 4.0;
    2.0 * normal_tail((positive - mean).abs() / variance.sqrt())
}
