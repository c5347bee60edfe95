use super::bootstrap::{Interval, percentiles};
use super::random::Random;
use super::rank::ranks;

/// Spearman's rank correlation. `None` below two pairs or where one side does not vary.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    Sums::of(&centred(&ranks(x)), &centred(&ranks(y))).correlation()
}

/// Kendall's τ-b, in O(n log n) (Knight 1966). `None` below two pairs or where one side does not vary.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let n = x.len().min(y.len());
    // −0 and 0 are tied, but the total order below tells them apart.
    let positive_zero = |values: &[f64]| values.iter().map(|v| v + 0.0).collect::<Vec<_>>();
    let (x, y) = (positive_zero(x), positive_zero(y));
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]).then(y[a].total_cmp(&y[b])));
    let pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let ties = |chunks: &mut dyn Iterator<Item = usize>| chunks.map(pairs).sum::<f64>();
    let tied_x = ties(&mut order.chunk_by(|&a, &b| x[a] == x[b]).map(<[usize]>::len));
    let tied_both = ties(&mut order.chunk_by(|&a, &b| x[a] == x[b] && y[a] == y[b]).map(<[usize]>::len));
    let mut sequence: Vec<f64> = order.iter().map(|&i| y[i]).collect();
    let mut scratch = sequence.clone();
    let swaps = sort_counting(&mut sequence, &mut scratch) as f64;
    let tied_y = ties(&mut sequence.chunk_by(|a, b| a == b).map(<[f64]>::len));
    let all = pairs(n);
    let scale = ((all - tied_x) * (all - tied_y)).sqrt();
    (scale > 0.0).then(|| (all - tied_x - tied_y + tied_both - 2.0 * swaps) / scale)
}

/// Merge sort that returns the number of exchanges of neighbours it stands for.
fn sort_counting(values: &mut [f64], scratch: &mut [f64]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let middle = n / 2;
    let mut swaps = sort_counting(&mut values[..middle], &mut scratch[..middle])
        + sort_counting(&mut values[middle..], &mut scratch[middle..]);
    let (mut i, mut j) = (0, middle);
    for place in scratch.iter_mut().take(n) {
        if j == n || (i < middle && values[i] <= values[j]) {
            *place = values[i];
            i += 1;
        } else {
            *place = values[j];
            swaps += (middle - i) as u64;
            j += 1;
        }
    }
    values.copy_from_slice(&scratch[..n]);
    swaps
}

/// How a measure goes with an outcome inside cases, all cases together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WithinCase {
    /// Correlation of the ranks within each case, with a cluster bootstrap interval over instances.
    pub correlation: Interval,
    /// Two-sided permutation p value: outcomes shuffled within cases.
    pub p: f64,
    /// Pairs used.
    pub pairs: usize,
    /// Cases in which both sides vary.
    pub cases: usize,
}

/// Shuffles for a permutation p value.
const SHUFFLES: usize = 999;

/// Correlation of ranks taken within each case, pooled over cases, so that differences between cases cannot make it.
///
/// `cases` holds one list per case of (instance, measure, outcome). The bootstrap resamples instances and keeps ranks as
/// they are. `None` where no case varies in both.
pub fn within_case(cases: &[Vec<(u64, f64, f64)>], seed: u64) -> Option<WithinCase> {
    let ranked: Vec<(Vec<f64>, Vec<f64>)> = cases
        .iter()
        .map(|case| {
            let unit = |values: Vec<f64>| {
                let centred = centred(&ranks(&values));
                let norm = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
                // Every case weighs as its number of pairs, whatever its number of ties.
                let scale = if norm > 0.0 { (centred.len() as f64).sqrt() / norm } else { 0.0 };
                centred.into_iter().map(|v| v * scale).collect::<Vec<_>>()
            };
            (unit(case.iter().map(|p| p.1).collect()), unit(case.iter().map(|p| p.2).collect()))
        })
        .collect();
    let varies = |(x, y): &&(Vec<f64>, Vec<f64>)| x.iter().any(|v| *v != 0.0) && y.iter().any(|v| *v != 0.0);
    let used = ranked.iter().filter(varies).count();
    let total = |ranked: &[(Vec<f64>, Vec<f64>)]| {
        ranked.iter().filter(varies).fold(Sums::default(), |sum, (x, y)| sum.plus(Sums::of(x, y)))
    };
    let sums = total(&ranked);
    let estimate = sums.correlation()?;

    let mut clusters: std::collections::BTreeMap<(usize, u64), Sums> = std::collections::BTreeMap::new();
    for (index, (case, pair)) in cases.iter().zip(&ranked).enumerate().filter(|(_, (_, pair))| varies(pair)) {
        for (k, (instance, _, _)) in case.iter().enumerate() {
            let cluster = clusters.entry((index, *instance)).or_default();
            *cluster = cluster.plus(Sums::of(&pair.0[k..=k], &pair.1[k..=k]));
        }
    }
    let clusters: Vec<Sums> = clusters.into_values().collect();
    let mut random = Random::new(seed);
    let resampled: Vec<f64> = (0..super::bootstrap::RESAMPLES)
        .filter_map(|_| {
            let sum =
                (0..clusters.len()).fold(Sums::default(), |sum, _| sum.plus(clusters[random.below(clusters.len())]));
            sum.correlation()
        })
        .collect();
    let (low, high) = if resampled.is_empty() { (estimate, estimate) } else { percentiles(resampled) };

    let mut shuffled = ranked;
    let mut extreme = 0;
    for _ in 0..SHUFFLES {
        for (_, y) in &mut shuffled {
            random.shuffle(y);
        }
        let chance = total(&shuffled).correlation().unwrap_or(0.0);
        extreme += usize::from(chance.abs() >= estimate.abs() - 1e-12);
    }
    Some(WithinCase {
        correlation: Interval { estimate, low, high },
        p: (extreme + 1) as f64 / (SHUFFLES + 1) as f64,
        pairs: cases.iter().map(Vec::len).sum(),
        cases: used,
    })
}

fn centred(ranks: &[f64]) -> Vec<f64> {
    let mean = (ranks.len() as f64 + 1.0) / 2.0;
    ranks.iter().map(|r| r - mean).collect()
}

#[derive(Clone, Copy, Default)]
struct Sums {
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Sums {
    fn of(x: &[f64], y: &[f64]) -> Self {
        x.iter().zip(y).fold(Sums::default(), |s, (x, y)| Sums { xx: s.xx + x * x, yy: s.yy + y * y, xy: s.xy + x * y })
    }

    fn plus(self, other: Self) -> Self {
        Sums { xx: self.xx + other.xx, yy: self.yy + other.yy, xy: self.xy + other.xy }
    }

    fn correlation(self) -> Option<f64> {
        let scale = (self.xx * self.yy).sqrt();
        (scale > 0.0).then(|| (self.xy / scale).clamp(-1.0, 1.0))
    }
}
