use super::SAME;

/// What a setting scores over several cases, better ones first: a setting that has no score on some case comes after all that
/// have one on every case, since it is to serve everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overall {
    /// Cases without a score: none of the runs there, or half of them and more, completed with one.
    pub without: usize,
    /// Geometric mean of the scores on the others; infinity where there are none.
    pub score: f64,
}

impl Overall {
    /// The mean of medians, an infinite one being none.
    ///
    /// The mean is geometric because scores of different cases differ by orders of magnitude: so a factor counts the same on each,
    /// and dividing all scores of a case by one number, such as the best of it, changes no order.
    pub fn of(medians: impl IntoIterator<Item = f64>) -> Self {
        let (mut without, mut number, mut sum) = (0, 0, 0.0);
        for median in medians {
            if median.is_finite() {
                number += 1;
                sum += median.max(f64::MIN_POSITIVE).ln();
            } else {
                without += 1;
            }
        }
        let score = if number > 0 { (sum / f64::from(number)).exp() } else { f64::INFINITY };
        Overall { without, score }
    }

    fn is_as_good_as(&self, other: &Self) -> bool {
        self.without == other.without && self.score <= other.score * (1.0 + SAME)
    }
}

/// What each setting scores overall, given the medians of every setting, case by case in the same order. Cases on which no setting
/// has a score distinguish nothing and do not count.
pub fn overalls(settings: &[Vec<f64>]) -> Vec<Overall> {
    let has_score = |case: usize| settings.iter().any(|medians| medians.get(case).is_some_and(|m| m.is_finite()));
    let own = |medians: &Vec<f64>| {
        Overall::of(medians.iter().enumerate().filter(|(case, _)| has_score(*case)).map(|(_, median)| *median))
    };
    settings.iter().map(own).collect()
}

/// Places of the settings from the best to the worst; those that are the same to [`SAME`] in the order in which they were tried.
pub fn ranking(settings: &[Overall]) -> Vec<usize> {
    let mut sorted: Vec<(usize, Overall)> = settings.iter().copied().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| a.without.cmp(&b.without).then(a.score.total_cmp(&b.score)));
    let mut places = Vec::new();
    while let Some(&(_, best)) = sorted.first() {
        let equal = sorted.iter().take_while(|(_, overall)| overall.is_as_good_as(&best)).count().max(1);
        let mut tied: Vec<usize> = sorted.drain(..equal).map(|(place, _)| place).collect();
        tied.sort_unstable();
        places.extend(tied);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: f64 = f64::INFINITY;

    #[test]
    fn a_factor_counts_the_same_on_every_case_and_its_best_does_not() {
        let settings = [vec![1e-6, 2.0], vec![2e-6, 0.5], vec![1e-6, 1.5]];
        let relative = [vec![1e3, 2.0 / 7.0], vec![2e3, 0.5 / 7.0], vec![1e3, 1.5 / 7.0]];
        assert_eq!(ranking(&overalls(&settings)), [1, 2, 0]);
        assert_eq!(ranking(&overalls(&relative)), [1, 2, 0]);
        let scores: Vec<f64> = overalls(&settings).iter().map(|own| own.score).collect();
        assert!(scores.get(1).is_some_and(|score| (score - 1e-3).abs() < 1e-12), "{scores:?}");
    }

    #[test]
    fn a_setting_that_fails_somewhere_comes_last_and_none_is_lost() {
        let settings = [vec![NONE, 1e-9], vec![1.0, 1.0], vec![NONE, NONE], vec![1e-3, 1e3]];
        assert_eq!(ranking(&overalls(&settings)), [1, 3, 0, 2], "1 and 3 tie");
        assert_eq!(overalls(&settings).get(2), Some(&Overall { without: 2, score: NONE }));
    }

    #[test]
    fn a_case_without_any_score_distinguishes_nothing() {
        let settings = [vec![NONE, 2.0], vec![NONE, 1.0]];
        assert_eq!(overalls(&settings).get(1), Some(&Overall { without: 0, score: 1.0 }));
        assert_eq!(ranking(&overalls(&[vec![NONE], vec![NONE]])), [0, 1], "nothing completed: the order of trial");
        assert_eq!(ranking(&[]), [0; 0]);
    }
}
