//! Settings that were tried, with what they score, whoever knows of them: the tuning runs of a study, or the trials of a search.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::tuning::{median, score};
use flatbench_records::{Init, Outcome, Rule, Split, Trial, Value};

use super::sweep::{setting_key, varying};
use crate::Input;
use crate::study::{Run, Study};

/// A setting of an optimizer from a start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tried {
    /// Name of the optimizer, which need not be one of the study.
    pub(super) optimizer: String,
    /// What distinguishes it from the others.
    pub(super) label: String,
    /// By case, what it scores; infinity, or nothing, where it has no score.
    pub(super) scores: BTreeMap<String, f64>,
    pub(super) default: bool,
    pub(super) chosen: bool,
}

/// By start and rule, the share of the budget that settings were tried at, and the settings.
pub(super) type Places = BTreeMap<(Init, Rule), (f64, Vec<Tried>)>;

/// All that were tried: the trials of a search where there are any, else tuning runs.
pub(super) fn tried(study: &Study, input: &Input) -> Places {
    let mut places = of_records(study, input);
    // Trials of two searches are of different instances, and their scores are not compared.
    let search = input.own().map(|source| source.trials.as_slice()).find(|trials| !trials.is_empty());
    places.extend(of_trials(search.unwrap_or_default()));
    places
}

/// The trials of the first rung of a search, which had all of them.
fn of_trials(trials: &[Trial]) -> Places {
    let mut groups: BTreeMap<(Init, Rule, &str), Vec<&Trial>> = BTreeMap::new();
    for trial in trials {
        groups.entry((trial.init, trial.rule, &trial.optimizer)).or_default().push(trial);
    }
    let mut places = Places::new();
    for ((init, rule, optimizer), trials) in groups {
        let names = varying(trials.iter().map(|trial| &trial.hyperparameters));
        for trial in &trials {
            let Some(rung) = trial.rungs.first() else { continue };
            let (share, tried) = places.entry((init, rule)).or_default();
            *share = rung.share;
            tried.push(Tried {
                optimizer: optimizer.to_owned(),
                label: label(&trial.hyperparameters, &names),
                scores: rung.scores.iter().filter_map(|(case, score)| Some((case.clone(), (*score)?))).collect(),
                default: trial.trial == 1,
                chosen: trial.chosen,
            });
        }
    }
    places
}

/// By case, what the repetitions of a setting score.
type Scores = BTreeMap<String, Vec<Option<f64>>>;

/// By key, a setting: one of its runs, and what all of them score.
type Settings<'a> = BTreeMap<String, (&'a Run<'a>, Scores)>;

fn of_records(study: &Study, input: &Input) -> Places {
    let mut settings: BTreeMap<(Init, Rule, &str), Settings> = BTreeMap::new();
    let is_tuned = |run: &&Run| run.record.split == Split::Tuning && run.record.result.outcome != Outcome::Skipped;
    for run in study.runs.iter().filter(is_tuned) {
        let Some(rule) = input.sources[run.source].selection.as_deref().and_then(|word| word.parse().ok()) else {
            continue;
        };
        let own = score(rule, run.record, |key| input.trajectories.get(key).cloned());
        let place = (run.record.init, rule, study.names[run.optimizer]);
        let (_, scores) =
            settings.entry(place).or_default().entry(setting_key(run)).or_insert_with(|| (run, Scores::new()));
        scores.entry(study.panels[run.panel].title.clone()).or_default().push(own);
    }
    let mut places = Places::new();
    for ((init, rule, optimizer), settings) in settings {
        let names = varying(settings.values().map(|(run, _)| &run.record.hyperparameters));
        let (share, tried) = places.entry((init, rule)).or_default();
        *share = 1.0;
        tried.extend(settings.values().map(|(run, scores)| Tried {
            optimizer: optimizer.to_owned(),
            label: label(&run.record.hyperparameters, &names),
            scores: scores.iter().map(|(case, own)| (case.clone(), median(own.iter().copied()))).collect(),
            default: false,
            chosen: false,
        }));
    }
    places
}

fn label(setting: &BTreeMap<String, Value>, names: &BTreeSet<&str>) -> String {
    let values = setting.iter().filter(|(name, _)| names.contains(name.as_str()));
    values.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}
