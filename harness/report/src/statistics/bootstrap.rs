use super::normal_quantile;
use super::random::Random;
use super::rank::median_in_place;

/// An estimate and the interval around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Estimate from all the data.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Fewest and most resamples for an interval.
const RESAMPLES: [usize; 2] = [2000, 20_000];

/// Resamples that are to lie beyond each end of an interval.
const BEYOND: f64 = 25.0;

/// Clusters beyond which resampling is replaced by its limit: there the two agree to the width of a line, and resampling takes minutes.
const LARGE: usize = 4000;

/// Median of all values in `clusters` with a percentile bootstrap interval of confidence `level` (in (0, 1)) that resamples whole
/// clusters (Efron and Tibshirani 1993, chapters 8 and 13): values of one cluster share an instance and are not independent.
///
/// The resampling is seeded, so the same data give the same interval. `None` without values.
pub fn bootstrap_median(clusters: &[Vec<f64>], level: f64, seed: u64) -> Option<Interval> {
    let clusters: Vec<&[f64]> = clusters.iter().map(Vec::as_slice).filter(|c| !c.is_empty()).collect();
    let mut values = clusters.concat();
    let estimate = median_in_place(&mut values)?;
    if clusters.len() > LARGE {
        let (low, high) = limits(&clusters, values, level);
        return Some(Interval { estimate, low, high });
    }
    let mut random = Random::new(seed);
    let mut sample = Vec::new();
    let medians = (0..resamples(level)).filter_map(|_| {
        sample.clear();
        for _ in 0..clusters.len() {
            sample.extend_from_slice(clusters[random.below(clusters.len())]);
        }
        median_in_place(&mut sample)
    });
    let (low, high) = percentiles(medians.collect(), level);
    Some(Interval { estimate, low, high })
}

/// The ends that the percentiles of the bootstrap tend to with many clusters. Resampled medians lie below x where the sum over clusters of
/// Z = #{values ≤ x} − #values/2 is not negative, and that sum is normal: its mean is ΣZ, its variance Σ(Z − mean)².
fn limits(clusters: &[&[f64]], mut values: Vec<f64>, level: f64) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let z = normal_quantile((1.0 - level) / 2.0);
    let score = |x: f64| {
        let (mut sum, mut squares) = (0.0, 0.0);
        for cluster in clusters {
            let below = cluster.iter().filter(|value| **value <= x).count();
            let own = below as f64 - cluster.len() as f64 / 2.0;
            sum += own;
            squares += own * own;
        }
        sum / (squares - sum * sum / clusters.len() as f64).max(f64::MIN_POSITIVE).sqrt()
    };
    let end = |wanted: f64| {
        let place = values.partition_point(|x| score(*x) < wanted);
        values.get(place).or(values.last()).copied().unwrap_or(f64::NAN)
    };
    (end(-z), end(z))
}

/// As many as the percentiles of that level need.
pub(super) fn resamples(level: f64) -> usize {
    let needed = BEYOND / ((1.0 - level) / 2.0);
    (needed.ceil() as usize).clamp(RESAMPLES[0], RESAMPLES[1])
}

/// The percentiles that leave (1 − `level`)/2 on either side, linear between order statistics. At least one value.
pub(super) fn percentiles(mut values: Vec<f64>, level: f64) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let place = q * (values.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        let (a, b) = (values[below], values[above]);
        // Equal neighbours are common and may be infinite.
        if a == b { a } else { a + (b - a) * (place - below as f64) }
    };
    let tail = (1.0 - level) / 2.0;
    (at(tail), at(1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_clusters_have_the_interval_that_resampling_tends_to() {
        let mut random = Random::new(11);
        let clusters: Vec<Vec<f64>> = (0..LARGE + 1)
            .map(|i| {
                let shared = random.below(1001) as f64 / 1000.0;
                (0..1 + i % 3).map(|_| shared + random.below(1001) as f64 / 1000.0).collect()
            })
            .collect();
        for level in [0.95, 0.999] {
            let limit = bootstrap_median(&clusters, level, 3).expect("there are values");
            // The same with one cluster less is resampled.
            let resampled = bootstrap_median(&clusters[..LARGE], level, 3).expect("there are values");
            let width = resampled.high - resampled.low;
            assert!((limit.low - resampled.low).abs() < 0.1 * width, "{limit:?} {resampled:?}");
            assert!((limit.high - resampled.high).abs() < 0.1 * width, "{limit:?} {resampled:?}");
            assert!(limit.low < limit.estimate && limit.estimate < limit.high);
        }
    }

    #[test]
    fn covers_the_median_about_as_often_as_it_says() {
        let mut random = Random::new(7);
        let mut covered = 0;
        for seed in 0..200 {
            // Sums of uniforms: median 0.
            let clusters: Vec<Vec<f64>> =
                (0..25).map(|_| vec![(0..4).map(|_| random.below(2001) as f64 / 1000.0 - 1.0).sum()]).collect();
            let interval = bootstrap_median(&clusters, 0.95, seed).expect("there are values");
            covered += usize::from(interval.low <= 0.0 && 0.0 <= interval.high);
        }
        assert!((176..=200).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn clusters_widen_the_interval() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let alone: Vec<Vec<f64>> = values.iter().map(|v| vec![*v]).collect();
        let together: Vec<Vec<f64>> = values.chunks(10).map(<[f64]>::to_vec).collect();
        let width = |clusters: &[Vec<f64>]| {
            bootstrap_median(clusters, 0.95, 1).map(|i| i.high - i.low).expect("there are values")
        };
        assert!(width(&together) > 1.5 * width(&alone));
    }

    #[test]
    fn a_family_of_intervals_holds_together() {
        // Twenty medians of 0 at a time: simultaneous intervals all hold them, about as often as they say.
        let mut random = Random::new(11);
        let mut held = [0, 0];
        for seed in 0..60 {
            let mut all = [true, true];
            for member in 0..20 {
                let mut value = || (0..4).map(|_| random.below(2001) as f64 / 1000.0 - 1.0).sum::<f64>();
                let clusters: Vec<Vec<f64>> = (0..25).map(|_| vec![value()]).collect();
                for (kind, level) in [0.95, crate::statistics::simultaneous(20)].into_iter().enumerate() {
                    let interval = bootstrap_median(&clusters, level, 100 * seed + member).expect("there are values");
                    all[kind] &= interval.low <= 0.0 && 0.0 <= interval.high;
                }
            }
            held[0] += usize::from(all[0]);
            held[1] += usize::from(all[1]);
        }
        assert!(held[0] < 45 && held[1] >= 54, "{held:?} of 60");
    }

    #[test]
    fn degenerate_samples() {
        assert_eq!(bootstrap_median(&[], 0.95, 0), None);
        assert_eq!(bootstrap_median(&[vec![]], 0.95, 0), None);
        assert_eq!(bootstrap_median(&[vec![2.0]], 0.95, 0), Some(Interval { estimate: 2.0, low: 2.0, high: 2.0 }));
    }
}
