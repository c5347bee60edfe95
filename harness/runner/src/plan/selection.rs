use std::collections::BTreeMap;

use flatbench_records::{INTERPOLATION, Init, Metrics, Outcome, Record, Rule, RunResult, Trajectory};

use super::run::PlannedRun;

/// The setting that is compared, for each case, starting regime and optimizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen(BTreeMap<(String, Init, String), usize>);

impl Chosen {
    /// The chosen setting; the first one where nothing was to choose.
    pub fn setting(&self, case: &str, init: Init, optimizer: &str) -> usize {
        self.0.get(&(case.to_owned(), init, optimizer.to_owned())).copied().unwrap_or(0)
    }
}

/// Chooses by the median of a score over the tuning repetitions; the earlier setting wins a tie. A run that failed, or has
/// no such number, scores worst.
///
/// `record` and `trajectory` find by key.
///
/// # Errors
/// Those of `trajectory`: one that is there and cannot be read now would have had a say.
pub fn choose<'r, E>(
    runs: &[PlannedRun],
    rule: Rule,
    record: &dyn Fn(&str) -> Option<&'r Record>,
    trajectory: &dyn Fn(&str) -> Result<Option<Trajectory>, E>,
) -> Result<Chosen, E> {
    let mut scores: BTreeMap<(String, Init, String), BTreeMap<usize, Vec<f64>>> = BTreeMap::new();
    for run in runs {
        let score = record(&run.key).map(|record| score(rule, record, trajectory)).transpose()?;
        let score = score.flatten().unwrap_or(f64::INFINITY);
        let group = (run.case.name.clone(), run.init(), run.optimizer.clone());
        scores.entry(group).or_default().entry(run.setting).or_default().push(score);
    }
    let best = |settings: BTreeMap<usize, Vec<f64>>| {
        let medians = settings.into_iter().map(|(setting, scores)| (setting, median(scores)));
        medians.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(setting, _)| setting)
    };
    Ok(Chosen(scores.into_iter().map(|(group, settings)| (group, best(settings))).collect()))
}

fn score<E>(
    rule: Rule,
    record: &Record,
    trajectory: &dyn Fn(&str) -> Result<Option<Trajectory>, E>,
) -> Result<Option<f64>, E> {
    let result = &record.result;
    if result.outcome != Outcome::Completed {
        return Ok(None);
    }
    let compared = |of: fn(&Metrics) -> Option<f64>| result.compared().and_then(of);
    let score = match rule {
        Rule::Validation => compared(|metrics| metrics.validation_loss),
        Rule::Oracle => compared(|metrics| metrics.relative_error),
        Rule::Flattest => settled(result).and_then(|metrics| metrics.hessian_trace),
        Rule::Train => trajectory(&record.key)?.and_then(|trajectory| cost_of_interpolation(result, &trajectory)),
    };
    Ok(score.filter(|score| !score.is_nan()))
}

/// Full-gradient equivalents until the first checkpoint that interpolates.
fn cost_of_interpolation(result: &RunResult, trajectory: &Trajectory) -> Option<f64> {
    let level = INTERPOLATION * result.start.as_ref()?.train_loss?;
    let interpolates = trajectory.checkpoints.iter().find(|point| point.train_loss.is_some_and(|loss| loss <= level));
    interpolates.map(|point| point.gradient_equivalents)
}

/// A point whose flatness means something: a zero-loss point, or an iterate that interpolates.
fn settled(result: &RunResult) -> Option<&Metrics> {
    result.limit().or(result.iterate.as_ref().filter(|_| result.interpolated))
}

/// Median; of an even number, the mean of the middle two. Infinity for none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (_, None) => f64::INFINITY,
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => (below + above) / 2.0,
        (_, Some(&value)) => value,
    }
}
