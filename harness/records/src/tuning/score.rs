use crate::{INTERPOLATION, LIMIT_LOSS, Metrics, Outcome, Record, Rule, RunResult, Termination, Trajectory};

/// Relative difference up to which scores are the same: that of a certified reference.
pub const SAME: f64 = 1e-8;

/// Held-out loss, relative to that at the start, that counts as zero. Where the training loss stands at [`LIMIT_LOSS`], what is left of
/// the error shows on other measurements a little more than on those.
pub const HELD_OUT_ZERO: f64 = 100.0 * LIMIT_LOSS;

/// What a tuning run scores by a rule, > 0; the smaller, the better. `None` where the run did not complete, diverged, or has no
/// such number: where a diverging run happened to be stopped says nothing.
///
/// | rule | score | counts as zero |
/// |---|---|---|
/// | `validation` | held-out loss, relative to that at the start | ≤ [`HELD_OUT_ZERO`] |
/// | `oracle` | relative error | ≤ √[`HELD_OUT_ZERO`] |
/// | `flattest` | tr H | |
/// | `train` | gradient equivalents until [`INTERPOLATION`] | |
///
/// What counts as zero has the score of that bound: how far below the limit map stopped says nothing about the optimizer.
/// Trajectories are found by key, and are asked for by `train` alone.
pub fn score(rule: Rule, record: &Record, trajectory: impl FnOnce(&str) -> Option<Trajectory>) -> Option<f64> {
    let result = &record.result;
    if result.outcome != Outcome::Completed || result.termination == Some(Termination::Diverged) {
        return None;
    }
    let score = match rule {
        Rule::Validation => {
            let start = result.start.as_ref()?.validation_loss?;
            (result.compared()?.validation_loss? / start).max(HELD_OUT_ZERO)
        }
        Rule::Oracle => result.compared()?.relative_error?.max(HELD_OUT_ZERO.sqrt()),
        Rule::Flattest => settled(result)?.hessian_trace?,
        Rule::Train => {
            let level = INTERPOLATION * result.start.as_ref()?.train_loss?;
            let checkpoints = trajectory(&record.key)?.checkpoints;
            let reached = |loss: Option<f64>| loss.is_some_and(|loss| loss <= level);
            checkpoints.iter().find(|checkpoint| reached(checkpoint.train_loss))?.gradient_equivalents
        }
    };
    score.is_finite().then_some(score)
}

/// A point whose flatness means something: a zero-loss point, or an iterate that interpolates.
fn settled(result: &RunResult) -> Option<&Metrics> {
    result.limit().or(result.iterate.as_ref().filter(|_| result.interpolated))
}

/// Median of the scores of a setting, a missing one being the worst there is; of an even number, the mean of the middle two.
/// Infinity for none.
pub fn median(scores: impl IntoIterator<Item = Option<f64>>) -> f64 {
    let mut values: Vec<f64> = scores.into_iter().map(|score| score.unwrap_or(f64::INFINITY)).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (_, None) => f64::INFINITY,
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => (below + above) / 2.0,
        (_, Some(&value)) => value,
    }
}

/// Places of the medians that are as good as the best, in their order: the same to [`SAME`].
pub fn ties(medians: &[f64]) -> Vec<usize> {
    let best = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let same = |median: f64| median <= best * (1.0 + SAME);
    medians.iter().enumerate().filter(|(_, median)| same(**median)).map(|(place, _)| place).collect()
}

/// Which of `number` settings that nothing distinguishes is taken: the middle one, of two the earlier. Where several do equally
/// well, it is the one that is furthest from doing worse.
pub fn middle(number: usize) -> usize {
    number.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_differ_by_rounding_tie_and_others_do_not() {
        assert_eq!(ties(&[2.0, 1.0 + 1e-12, 1.0, 1.1]), [1, 2]);
        assert_eq!(ties(&[3.0, 1.0, 1.0 + 1e-6]), [1]);
        assert_eq!(ties(&[f64::INFINITY, f64::INFINITY]), [0, 1], "nothing completed");
        assert_eq!(ties(&[]), [0; 0]);
        assert_eq!([0, 1, 2, 3, 5].map(middle), [0, 0, 0, 1, 2]);
    }

    #[test]
    fn a_run_without_a_score_is_the_worst() {
        assert_eq!(median([Some(1.0), None, Some(3.0)]), 3.0);
        assert_eq!(median([Some(1.0), Some(3.0)]), 2.0);
        assert_eq!(median([None, Some(3.0)]), f64::INFINITY);
        assert_eq!(median([]), f64::INFINITY);
    }
}
