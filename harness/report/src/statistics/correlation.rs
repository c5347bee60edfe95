use super::bootstrap::{Interval, percentiles};
use super::normal_tail;
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

/// A measure and an outcome of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// What the runs of an instance share.
    pub instance: u64,
    /// What the runs of an optimizer share.
    pub optimizer: usize,
    /// The measure.
    pub measure: f64,
    /// The outcome.
    pub outcome: f64,
}

/// How a measure goes with an outcome inside groups of runs, all groups together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Within {
    /// Correlation of the ranks within each group, with an interval from resampling instances and optimizers.
    pub correlation: Interval,
    /// Two-sided permutation p value: outcomes shuffled within groups.
    pub p: f64,
    /// Pairs used.
    pub pairs: usize,
    /// Groups in which both sides vary.
    pub groups: usize,
}

/// Pairs beyond which the permutation test is replaced by its limit.
const LARGE: usize = 50_000;

/// Blocks of instances that are resampled, where there are more instances than that: a cell of a block is the sum of its own.
const BLOCKS: usize = 2000;

/// Shuffles for a permutation p value.
const SHUFFLES: usize = 999;

/// Correlation of ranks taken within each group, pooled over groups, so that differences between groups cannot make it.
///
/// `groups` are cases, or cases and optimizers: each says of which case it is, for instances of two cases are never the same. The
/// interval of confidence `level` is that of a bootstrap that keeps ranks as they are and resamples instances and, independently,
/// optimizers, each run weighing the product of how often its own were drawn (Owen 2007): runs share both, and what holds of a
/// handful of optimizers need not hold of the next one. `None` where no group varies in both.
pub fn within(groups: &[(usize, Vec<Pair>)], level: f64, seed: u64) -> Option<Within> {
    let ranked: Vec<(Vec<f64>, Vec<f64>)> = groups
        .iter()
        .map(|(_, pairs)| {
            let unit = |values: Vec<f64>| {
                let centred = centred(&ranks(&values));
                let norm = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
                // Every group weighs as its number of pairs, whatever its number of ties.
                let scale = if norm > 0.0 { (centred.len() as f64).sqrt() / norm } else { 0.0 };
                centred.into_iter().map(|v| v * scale).collect::<Vec<_>>()
            };
            (unit(pairs.iter().map(|p| p.measure).collect()), unit(pairs.iter().map(|p| p.outcome).collect()))
        })
        .collect();
    let varies = |(x, y): &&(Vec<f64>, Vec<f64>)| x.iter().any(|v| *v != 0.0) && y.iter().any(|v| *v != 0.0);
    let total = |ranked: &[(Vec<f64>, Vec<f64>)]| {
        ranked.iter().filter(varies).fold(Sums::default(), |sum, (x, y)| sum.plus(Sums::of(x, y)))
    };
    let estimate = total(&ranked).correlation()?;

    let used = groups.iter().zip(&ranked).filter(|(_, pair)| varies(pair));
    let runs: Vec<(Pair, usize, Sums)> = used
        .clone()
        .flat_map(|((case, pairs), (x, y))| {
            pairs.iter().enumerate().map(move |(k, pair)| (*pair, *case, Sums::of(&x[k..=k], &y[k..=k])))
        })
        .collect();
    let mut random = Random::new(seed);
    let (low, high) = resampled(&runs, level, &mut random).unwrap_or((estimate, estimate));

    let pairs = groups.iter().map(|(_, pairs)| pairs.len()).sum();
    if pairs > LARGE {
        let sums: Vec<(f64, Sums)> =
            ranked.iter().filter(varies).map(|(x, y)| (x.len() as f64, Sums::of(x, y))).collect();
        let groups = sums.len();
        let p = limit_p(&sums).max(1.0 / (SHUFFLES + 1) as f64);
        return Some(Within { correlation: Interval { estimate, low, high }, p, pairs, groups });
    }
    let mut shuffled = ranked.clone();
    let mut extreme = 0;
    for _ in 0..SHUFFLES {
        for (_, y) in &mut shuffled {
            random.shuffle(y);
        }
        let chance = total(&shuffled).correlation().unwrap_or(0.0);
        extreme += usize::from(chance.abs() >= estimate.abs() - 1e-12);
    }
    Some(Within {
        correlation: Interval { estimate, low, high },
        p: (extreme + 1) as f64 / (SHUFFLES + 1) as f64,
        pairs,
        groups: used.count(),
    })
}

/// The p value that shuffling tends to with many pairs: the sum of products is normal under it, with mean 0 and in each group of n the
/// variance Σx²·Σy²/(n − 1).
fn limit_p(groups: &[(f64, Sums)]) -> f64 {
    let sum: f64 = groups.iter().map(|(_, s)| s.xy).sum();
    let variance: f64 = groups.iter().map(|(n, s)| s.xx * s.yy / (n - 1.0)).sum();
    2.0 * normal_tail(sum.abs() / variance.sqrt())
}

/// Percentiles of the correlation over resamples of instances and optimizers.
fn resampled(runs: &[(Pair, usize, Sums)], level: f64, random: &mut Random) -> Option<(f64, f64)> {
    let places = |key: &dyn Fn(&Pair, usize) -> (usize, u64)| {
        let mut index = std::collections::BTreeMap::new();
        for (pair, case, _) in runs {
            let next = index.len();
            index.entry(key(pair, *case)).or_insert(next);
        }
        let of: Vec<usize> = runs.iter().map(|(pair, case, _)| index[&key(pair, *case)]).collect();
        (of, index.len())
    };
    let (instance, instances) = places(&|pair, case| (case, pair.instance));
    let (instance, instances): (Vec<usize>, usize) =
        (instance.into_iter().map(|place| place % BLOCKS).collect(), instances.min(BLOCKS));
    let (optimizer, optimizers) = places(&|pair, _| (pair.optimizer, 0));
    // Runs of one instance and optimizer come and go together.
    let mut cells: std::collections::BTreeMap<(usize, usize), Sums> = std::collections::BTreeMap::new();
    for ((instance, optimizer), (_, _, sums)) in instance.iter().zip(&optimizer).zip(runs) {
        let cell = cells.entry((*instance, *optimizer)).or_default();
        *cell = cell.plus(*sums);
    }
    let mut draw = |n: usize| {
        let mut times = vec![0.0; n];
        (0..n).for_each(|_| times[random.below(n)] += 1.0);
        times
    };
    let correlations: Vec<f64> = (0..super::bootstrap::resamples(level))
        .filter_map(|_| {
            let (of_instance, of_optimizer) = (draw(instances), draw(optimizers));
            let weighted = cells
                .iter()
                .map(|((instance, optimizer), s)| s.times(of_instance[*instance] * of_optimizer[*optimizer]));
            weighted.fold(Sums::default(), Sums::plus).correlation()
        })
        .collect();
    (!correlations.is_empty()).then(|| percentiles(correlations, level))
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

    fn times(self, weight: f64) -> Self {
        Sums { xx: weight * self.xx, yy: weight * self.yy, xy: weight * self.xy }
    }

    fn correlation(self) -> Option<f64> {
        let scale = (self.xx * self.yy).sqrt();
        (scale > 0.0).then(|| (self.xy / scale).clamp(-1.0, 1.0))
    }
}
