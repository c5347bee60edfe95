use std::collections::BTreeMap;

use flatbench_records::tuning::{median, middle, score, ties};
use flatbench_records::{Init, Record, Rule, Trajectory};

use super::run::PlannedRun;

/// The setting that is compared, for each case, starting regime and optimizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen(BTreeMap<Place, usize>);

/// Case, starting regime and optimizer.
type Place = (String, Init, String);
/// By setting, the scores of its repetitions.
type Scores = BTreeMap<usize, Vec<Option<f64>>>;

impl Chosen {
    /// The chosen one of `number` settings; the [middle] one where nothing was tried.
    pub fn setting(&self, case: &str, init: Init, optimizer: &str, number: usize) -> usize {
        self.0.get(&(case.to_owned(), init, optimizer.to_owned())).copied().unwrap_or(middle(number))
    }
}

/// Chooses by the median of a [score](flatbench_records::tuning::score) over the tuning repetitions; of settings that
/// [tie](flatbench_records::tuning::ties) the middle one in the order of the suite, of two the earlier.
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
    let mut scores: BTreeMap<Place, Scores> = BTreeMap::new();
    for run in runs {
        let record = record(&run.key);
        // The only rule that asks for one.
        let trajectory = match record {
            Some(record) if rule == Rule::Train => trajectory(&record.key)?,
            _ => None,
        };
        let score = record.and_then(|record| score(rule, record, |_| trajectory));
        let group = (run.case.name.clone(), run.init(), run.optimizer.clone());
        scores.entry(group).or_default().entry(run.setting).or_default().push(score);
    }
    let best = |settings: Scores| {
        let (settings, scores): (Vec<usize>, Vec<Vec<Option<f64>>>) = settings.into_iter().unzip();
        let medians: Vec<f64> = scores.into_iter().map(median).collect();
        let tied = ties(&medians);
        let taken = tied.get(middle(tied.len())).and_then(|&place| settings.get(place));
        taken.copied().unwrap_or(0)
    };
    Ok(Chosen(scores.into_iter().map(|(group, settings)| (group, best(settings))).collect()))
}
