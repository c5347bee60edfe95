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

/// Resamples for an interval.
pub(super) const RESAMPLES: usize = 2000;

/// Median of all values in `clusters` with a 95 % percentile bootstrap interval that resamples whole clusters (Efron and
/// Tibshirani 1993, chapters 8 and 13): values of one cluster share an instance and are not independent.
///
/// The resampling is seeded, so the same data give the same interval. `None` without values.
pub fn bootstrap_median(clusters: &[Vec<f64>], seed: u64) -> Option<Interval> {
    let clusters: Vec<&[f64]> = clusters.iter().map(Vec::as_slice).filter(|c| !c.is_empty()).collect();
    let estimate = median_in_place(&mut clusters.concat())?;
    let mut random = Random::new(seed);
    let mut sample = Vec::new();
    let medians = (0..RESAMPLES).filter_map(|_| {
        sample.clear();
        for _ in 0..clusters.len() {
            sample.extend_from_slice(clusters[random.below(clusters.len())]);
        }
        median_in_place(&mut sample)
    });
    let (low, high) = percentiles(medians.collect());
    Some(Interval { estimate, low, high })
}

/// The 2.5 % and 97.5 % percentiles, linear between order statistics. At least one value.
pub(super) fn percentiles(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let place = q * (values.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(values.len() - 1);
        let (a, b) = (values[below], values[above]);
        // Equal neighbours are common and may be infinite.
        if a == b { a } else { a + (b - a) * (place - below as f64) }
    };
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_the_median_about_as_often_as_it_says() {
        let mut random = Random::new(7);
        let mut covered = 0;
        for seed in 0..200 {
            // Sums of uniforms: median 0.
            let clusters: Vec<Vec<f64>> =
                (0..25).map(|_| vec![(0..4).map(|_| random.below(2001) as f64 / 1000.0 - 1.0).sum()]).collect();
            let interval = bootstrap_median(&clusters, seed).expect("there are values");
            covered += usize::from(interval.low <= 0.0 && 0.0 <= interval.high);
        }
        assert!((176..=200).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn clusters_widen_the_interval() {
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let alone: Vec<Vec<f64>> = values.iter().map(|v| vec![*v]).collect();
        let together: Vec<Vec<f64>> = values.chunks(10).map(<[f64]>::to_vec).collect();
        let width =
            |clusters: &[Vec<f64>]| bootstrap_median(clusters, 1).map(|i| i.high - i.low).expect("there are values");
        assert!(width(&together) > 1.5 * width(&alone));
    }

    #[test]
    fn degenerate_samples() {
        assert_eq!(bootstrap_median(&[], 0), None);
        assert_eq!(bootstrap_median(&[vec![]], 0), None);
        assert_eq!(bootstrap_median(&[vec![2.0]], 0), Some(Interval { estimate: 2.0, low: 2.0, high: 2.0 }));
    }
}
