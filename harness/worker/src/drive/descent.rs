/// Full-gradient equivalents after which the host looks at the loss, whatever the oracle was asked.
const STRIDE: f64 = 10.0;

/// When the host looks at f(w) while a run is to be caught at a loss: at checkpoints, after a step in which the oracle told a full loss at
/// or below the level, and whenever another [`STRIDE`] is spent. What is looked at is the point after the step, by the host's own evaluator,
/// so that no number of the run depends on it; and the looks at every stride are the same whatever the levels are.
#[derive(Debug)]
pub(super) struct Descent {
    /// Whole strides that were spent.
    strides: f64,
}

impl Descent {
    pub(super) fn new() -> Self {
        Descent { strides: 0.0 }
    }

    /// Whether to look at the loss after a step, where `told` is the least full loss that the oracle told in it, `level` the highest one
    /// that is waited for and `spent` what the run has spent.
    pub(super) fn is_due(&mut self, told: f64, level: f64, spent: f64) -> bool {
        let strides = (spent / STRIDE).floor();
        let due = told <= level || strides > self.strides;
        self.strides = strides;
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_looked_at_where_the_oracle_told_it_and_every_few_gradients() {
        let mut descent = Descent::new();
        let looks: Vec<bool> =
            [(1.0, 1.0), (0.1, 2.0), (f64::INFINITY, 11.0), (f64::INFINITY, 12.0), (f64::NAN, 12.5), (0.2, 30.0)]
                .into_iter()
                .map(|(told, spent)| descent.is_due(told, 0.1, spent))
                .collect();
        assert_eq!(looks, [false, true, true, false, false, true]);
    }
}
