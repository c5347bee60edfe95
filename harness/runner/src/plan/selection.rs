use std::collections::BTreeMap;

use flatbench_records::tuning::{Overall, median, middle, overalls, ranking, score, ties};
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
    let best = |settings: Scores| {
        let (settings, scores): (Vec<usize>, Vec<Vec<Option<f64>>>) = settings.into_iter().unzip();
        let medians: Vec<f64> = scores.into_iter().map(median).collect();
        let tied = ties(&medians);
        let taken = tied.get(middle(tied.len())).and_then(|&place| settings.get(place));
        taken.copied().unwrap_or(0)
    };
    let scores = scores(runs, rule, record, trajectory)?;
    Ok(Chosen(scores.into_iter().map(|(group, settings)| (group, best(settings))).collect()))
}

/// Settings of an optimizer from a start, compared over all cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Settings from the best to the worst, each by its place in the suite.
    pub order: Vec<usize>,
    /// What each setting scores, by its place in the suite.
    pub overall: Vec<Overall>,
    /// Cases on which some setting has a score; the others distinguish nothing.
    pub cases: usize,
    /// By case, the median of each setting, by its place in the suite; infinity where it has none.
    pub medians: BTreeMap<String, Vec<f64>>,
}

impl Ranked {
    fn of(medians: BTreeMap<String, Vec<f64>>) -> Self {
        let number = medians.values().map(Vec::len).max().unwrap_or(0);
        let own = |setting: usize| -> Vec<f64> {
            medians.values().map(|of| of.get(setting).copied().unwrap_or(f64::INFINITY)).collect()
        };
        let overall = overalls(&(0..number).map(own).collect::<Vec<_>>());
        let cases = medians.values().filter(|own| own.iter().any(|median| median.is_finite())).count();
        Ranked { order: ranking(&overall), overall, cases, medians }
    }

    /// The `number` best of `trials`, which the settings are of, in the order in which they were made.
    pub fn best(&self, trials: &[usize], number: usize) -> Vec<usize> {
        let places = self.order.iter().take(number);
        let mut best: Vec<usize> = places.filter_map(|&place| trials.get(place)).copied().collect();
        best.sort_unstable();
        best
    }
}

/// Ranks the settings of every optimizer from every start by what they score [overall](Overall): one setting for all cases, where
/// [`choose`] takes one for each.
///
/// # Errors
/// Those of `trajectory`.
pub fn rank<'r, E>(
    runs: &[PlannedRun],
    rule: Rule,
    record: &dyn Fn(&str) -> Option<&'r Record>,
    trajectory: &dyn Fn(&str) -> Result<Option<Trajectory>, E>,
) -> Result<BTreeMap<(String, Init), Ranked>, E> {
    let mut places: BTreeMap<(String, Init), BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    for ((case, init, optimizer), scores) in scores(runs, rule, record, trajectory)? {
        let number = scores.keys().max().map_or(0, |last| last + 1);
        let of = |setting| median(scores.get(&setting).into_iter().flatten().copied());
        places.entry((optimizer, init)).or_default().insert(case, (0..number).map(of).collect());
    }
    Ok(places.into_iter().map(|(place, medians)| (place, Ranked::of(medians))).collect())
}

fn scores<'r, E>(
    runs: &[PlannedRun],
    rule: Rule,
    record: &dyn Fn(&str) -> Option<&'r Record>,
    trajectory: &dyn Fn(&str) -> Result<Option<Trajectory>, E>,
) -> Result<BTreeMap<Place, Scores>, E> {
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
    Ok(scores)
}
