/// One stage of a search: so many settings of each optimizer, each at a share of the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    /// From 1.
    pub number: usize,
    /// Settings of an optimizer from each start.
    pub trials: usize,
    /// Of the budget, in (0, 1]; 1 in the last rung.
    pub share: f64,
}

impl Rung {
    /// Its budget, in words.
    pub fn budget(&self) -> String {
        if self.share < 1.0 {
            format!("1/{} of the budget", (1.0 / self.share).round())
        } else {
            "the whole budget".into()
        }
    }
}

/// The rungs of a search among `trials` ≥ 2 settings: one at the whole budget; or with successive halving by `eta` ≥ 2
/// (Jamieson and Talwalkar 2016) as many as leave two settings at least to the last, each having the best 1/`eta` of those
/// before it, rounded up, at `eta` times their budget.
pub fn rungs(trials: usize, eta: Option<u32>) -> Vec<Rung> {
    let Some(eta) = eta.map(|eta| eta.max(2)) else { return vec![Rung { number: 1, trials, share: 1.0 }] };
    let left: Vec<usize> = std::iter::successors(Some(trials), |left| Some(left.div_ceil(eta as usize)))
        .take_while(|left| *left >= 2)
        .collect();
    let last = left.len().saturating_sub(1);
    let rung = |(place, trials): (usize, usize)| Rung {
        number: place + 1,
        trials,
        share: f64::from(eta).powi(place as i32 - last as i32),
    };
    left.into_iter().enumerate().map(rung).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(trials: usize, eta: Option<u32>) -> Vec<(usize, f64)> {
        rungs(trials, eta).iter().map(|rung| (rung.trials, rung.share)).collect()
    }

    #[test]
    fn budgets_grow_as_settings_get_fewer() {
        assert_eq!(shown(16, None), [(16, 1.0)]);
        assert_eq!(shown(16, Some(2)), [(16, 0.125), (8, 0.25), (4, 0.5), (2, 1.0)]);
        assert_eq!(shown(16, Some(4)), [(16, 0.25), (4, 1.0)], "a single survivor needs no run of its own");
        assert_eq!(shown(27, Some(3)), [(27, 1.0 / 9.0), (9, 1.0 / 3.0), (3, 1.0)]);
        assert_eq!(shown(5, Some(2)), [(5, 0.25), (3, 0.5), (2, 1.0)], "rounded up");
        assert_eq!(shown(2, Some(2)), [(2, 1.0)]);
        assert_eq!(shown(3, Some(4)), [(3, 1.0)], "too few to divide");
        assert_eq!(rungs(9, Some(3)).iter().map(|rung| rung.number).collect::<Vec<_>>(), [1, 2]);
    }
}
