//! The trials of a search beside the records of what it found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flatbench_records::{Init, Record, Split, Trial, Value};

use crate::search::{named, trials};
use crate::status::Failure;

/// Trials for an archive, and what a reader of it should know of them.
pub struct Kept {
    pub trials: Vec<Trial>,
    pub warnings: Vec<String>,
}

/// The trials of the search in `search`; without one those that the run directory `from` has, or else those that the archive `to` had,
/// since a search is not done again.
pub fn of(search: Option<&Path>, from: &Path, to: &Path, records: &[Record]) -> Result<Option<Kept>, Failure> {
    let Some(search) = search else {
        let own = match trials(from)? {
            None => trials(to)?,
            own => own,
        };
        return Ok(own.map(|trials| Kept { warnings: warnings(&trials, records), trials }));
    };
    let trials = named(search)?;
    let compared: BTreeSet<&str> = records.iter().map(|record| record.optimizer.as_str()).collect();
    if !trials.iter().any(|trial| compared.contains(trial.optimizer.as_str())) {
        let names = |all: BTreeSet<&str>| all.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!(
            "{} is a search for other optimizers ({}) than those of the runs ({})",
            search.display(),
            names(trials.iter().map(|trial| trial.optimizer.as_str()).collect()),
            names(compared)
        )));
    }
    Ok(Some(Kept { warnings: warnings(&trials, records), trials }))
}

/// Where runs and search differ: optimizers without runs, settings that were run and not chosen, and other cases.
fn warnings(trials: &[Trial], records: &[Record]) -> Vec<String> {
    let mut settings: BTreeMap<(&str, Init), Vec<&BTreeMap<String, Value>>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.split == Split::Evaluation) {
        settings.entry((&record.optimizer, record.init)).or_default().push(&record.hyperparameters);
    }
    let (mut absent, mut other) = (BTreeSet::new(), BTreeSet::new());
    for trial in trials.iter().filter(|trial| trial.chosen) {
        match settings.get(&(trial.optimizer.as_str(), trial.init)) {
            Some(own) if own.iter().any(|own| is_same(own, &trial.hyperparameters)) => {}
            Some(_) => drop(other.insert(format!("{} ({} start)", trial.optimizer, trial.init))),
            None => drop(absent.insert(format!("{} ({} start)", trial.optimizer, trial.init))),
        }
    }
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
    let mut out = Vec::new();
    if !other.is_empty() {
        out.push(format!(
            "other settings were run than the search chose: {} (pages mark what the search chose; run its tuned-suite.toml, or give \
             the search of these runs by --search)",
            list(other)
        ));
    }
    if !absent.is_empty() {
        out.push(format!("the search has optimizers that were not run: {}", list(absent)));
    }
    let cases: BTreeSet<&str> =
        trials.iter().flat_map(|trial| &trial.rungs).flat_map(|rung| rung.scores.keys().map(String::as_str)).collect();
    if !records.iter().any(|record| cases.contains(record.case.as_str())) {
        let cases = cases.into_iter().map(str::to_owned).collect();
        out.push(format!("the search was on other cases than those that were run: {}", list(cases)));
    }
    out
}

fn is_same(one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>) -> bool {
    one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|own| value.is_same_as(own)))
}

/// Lines of the file of trials.
pub fn lines(trials: &[Trial]) -> Result<Vec<Vec<u8>>, Failure> {
    trials.iter().map(serde_json::to_vec).collect::<Result<_, _>>().map_err(Failure::trouble)
}
