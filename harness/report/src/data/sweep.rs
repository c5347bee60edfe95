use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Outcome, Split, Value};

use crate::numbers::median;
use crate::study::{End, Run, Study};

/// Settings of one optimizer on one panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sweep<'a> {
    pub(crate) panel: usize,
    /// The entry of the optimizer, or of its first setting.
    pub(crate) optimizer: usize,
    /// The optimizer's own name.
    pub(crate) name: &'a str,
    /// The hyper-parameter that varies, if only one does and it is a number.
    pub(crate) parameter: Option<String>,
    pub(crate) settings: Vec<Setting>,
}

/// One setting and how it did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    /// Its number, or its place in the order of the records.
    pub(crate) position: f64,
    /// What varies, in words.
    pub(crate) label: String,
    pub(crate) runs: usize,
    pub(crate) failures: usize,
    /// Medians at the limit points.
    pub(crate) error: Option<f64>,
    pub(crate) flatness: Option<f64>,
    /// Median validation loss at the iterate.
    pub(crate) validation: Option<f64>,
    pub(crate) chosen: bool,
}

/// Sweeps of optimizers that were run with more than one setting on a panel: from tuning runs where there are any.
pub(crate) fn sweeps<'a>(study: &Study<'a>) -> Vec<Sweep<'a>> {
    // Entries that are settings of one optimizer belong together here.
    let firsts: Vec<usize> = {
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        study.names.iter().enumerate().map(|(index, name)| *of.entry(name).or_insert(index)).collect()
    };
    let mut groups: BTreeMap<(usize, usize), Vec<&Run>> = BTreeMap::new();
    for run in study.runs.iter().filter(|r| r.record.result.outcome != Outcome::Skipped) {
        groups.entry((run.panel, firsts[run.optimizer])).or_default().push(run);
    }
    groups.into_iter().filter_map(|(place, runs)| sweep(study, place, &runs)).collect()
}

fn sweep<'a>(study: &Study<'a>, (panel, optimizer): (usize, usize), runs: &[&Run]) -> Option<Sweep<'a>> {
    let tuning = runs.iter().any(|r| r.record.split == Split::Tuning);
    let mut settings: BTreeMap<String, Vec<&Run>> = BTreeMap::new();
    for run in runs.iter().filter(|r| !tuning || r.record.split == Split::Tuning) {
        settings.entry(setting_key(run)).or_default().push(run);
    }
    if settings.len() < 2 {
        return None;
    }
    let varying = varying(settings.values().map(|runs| &runs[0].record.hyperparameters));
    let single = varying.first().copied().filter(|_| varying.len() == 1);
    let position = |run: &Run| match run.record.hyperparameters.get(single?)? {
        Value::Schedule(schedule) => Some(schedule.from).filter(|v| v.is_finite()),
        other => other.as_real().filter(|v| v.is_finite()),
    };
    let measure = study.panels[panel].measure;
    let chosen: BTreeSet<String> =
        runs.iter().filter(|r| r.record.selected && (tuning || r.compared)).map(|r| setting_key(r)).collect();
    let everything_chosen = chosen.len() == settings.len();
    let mut out: Vec<Setting> = settings
        .iter()
        .enumerate()
        .map(|(index, (key, runs))| {
            let first = runs[0];
            let label = varying
                .iter()
                .filter_map(|name| Some(format!("{name} = {}", first.record.hyperparameters.get(*name)?)))
                .collect::<Vec<_>>()
                .join(", ");
            Setting {
                position: position(first).unwrap_or(index as f64 + 1.0),
                label,
                runs: runs.len(),
                failures: runs.iter().filter(|r| r.record.result.outcome.is_failure()).count(),
                error: median(runs.iter().filter_map(|r| r.error(End::Limit))),
                flatness: median(runs.iter().filter_map(|r| r.flatness(measure, End::Limit))),
                validation: median(runs.iter().filter_map(|r| r.record.result.iterate.as_ref()?.validation_loss)),
                chosen: chosen.contains(key) && !everything_chosen,
            }
        })
        .collect();
    let numeric = out.len() == settings.values().filter(|runs| position(runs[0]).is_some()).count();
    out.sort_by(|a, b| a.position.total_cmp(&b.position).then_with(|| a.label.cmp(&b.label)));
    let distinct = out.windows(2).all(|w| w[0].position < w[1].position);
    let parameter = single.filter(|_| numeric && distinct).map(str::to_owned);
    if parameter.is_none() {
        for (index, setting) in out.iter_mut().enumerate() {
            setting.position = index as f64 + 1.0;
        }
    }
    Some(Sweep { panel, optimizer, name: study.names[optimizer], parameter, settings: out })
}

/// Hyper-parameters of which there are several values.
pub(super) fn varying<'a>(settings: impl Iterator<Item = &'a BTreeMap<String, Value>>) -> BTreeSet<&'a str> {
    let mut values: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in settings.flatten() {
        values.entry(name).or_default().insert(value.to_string());
    }
    values.into_iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| name).collect()
}

/// Equal for equal settings.
pub(super) fn setting_key(run: &Run) -> String {
    run.record.hyperparameters.iter().map(|(name, value)| format!("{name}={value};")).collect()
}
