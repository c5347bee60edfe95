use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::tuning::{Edge, edges, median, score, ties};
use flatbench_records::{Rule, Split};

use super::sweep::{setting_key, varying};
use crate::Input;
use crate::study::{Run, Study};

/// A setting that tuning chose for an optimizer on a panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) panel: usize,
    pub(crate) optimizer: usize,
    pub(crate) rule: Rule,
    /// How many settings were tried.
    pub(crate) tried: usize,
    /// What distinguishes the chosen one.
    pub(crate) setting: String,
    /// Its median score.
    pub(crate) score: f64,
    /// How many of the settings tie with the best, itself among them.
    pub(crate) tied: usize,
    /// Where it stands at the edge of what was tried.
    pub(crate) edges: Vec<Edge>,
}

/// Choices among several settings, where anything completed that could be chosen by.
pub(crate) fn choices(study: &Study, input: &Input) -> Vec<Choice> {
    let mut groups: BTreeMap<(usize, usize), Vec<&Run>> = BTreeMap::new();
    for run in &study.runs {
        groups.entry((run.panel, run.optimizer)).or_default().push(run);
    }
    groups.values().filter_map(|runs| choice(input, runs)).collect()
}

fn choice(input: &Input, runs: &[&Run]) -> Option<Choice> {
    let chosen = runs.iter().find(|run| run.compared && run.record.selected)?;
    // Older records do not name their rule; their suite does.
    let rule =
        chosen.record.selection_rule.or_else(|| input.sources[chosen.source].selection.as_deref()?.parse().ok())?;
    let mut settings: BTreeMap<String, Vec<&Run>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.record.split == Split::Tuning) {
        settings.entry(setting_key(run)).or_default().push(run);
    }
    let place = settings.keys().position(|key| *key == setting_key(chosen))?;
    let of = |run: &&Run| score(rule, run.record, |key| input.trajectories.get(key).cloned());
    let medians: Vec<f64> = settings.values().map(|runs| median(runs.iter().map(of))).collect();
    let score = medians[place];
    let tried = || settings.values().map(|runs| &runs[0].record.hyperparameters);
    let names: BTreeSet<&str> = varying(tried());
    let values = chosen.record.hyperparameters.iter().filter(|(name, _)| names.contains(name.as_str()));
    (settings.len() > 1 && score.is_finite()).then(|| Choice {
        panel: chosen.panel,
        optimizer: chosen.optimizer,
        rule,
        tried: settings.len(),
        setting: values.map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", "),
        score,
        tied: ties(&medians).len(),
        edges: edges(&chosen.record.hyperparameters, tried()),
    })
}
