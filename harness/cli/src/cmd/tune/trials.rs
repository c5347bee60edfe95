//! Every setting that a search tried, with its scores: one line each, in `trials.jsonl`.

use flatbench_records::directory::TRIALS;
use flatbench_records::{FORMAT, Trial, TrialRung};
use flatbench_runner::tune::Search;

use super::climb::Done;
use super::outcome::Chosen;
use crate::status::Failure;

/// Trials of the first rung, which has all of them, by optimizer, start and number.
pub fn of(search: &Search<'_>, done: &[Done], chosen: &Chosen) -> Vec<Trial> {
    let mut out = Vec::new();
    for (place, standing) in done.first().into_iter().flat_map(|first| &first.standings) {
        let Some(own) = search.contenders.iter().find(|own| own.name == place.0) else { continue };
        for &trial in &standing.trials {
            let Some(setting) = own.trials.get(trial) else { continue };
            out.push(Trial {
                format: FORMAT,
                suite: search.suite.name().to_owned(),
                optimizer: own.name.clone(),
                plugin: own.plugin.clone(),
                init: place.1,
                trial: trial as u32 + 1,
                hyperparameters: setting.clone(),
                rule: search.rule,
                rungs: done.iter().filter_map(|done| rung(done, place, trial)).collect(),
                chosen: chosen.get(place) == Some(&trial),
            });
        }
    }
    out
}

/// How a trial did in a rung, if it was in it.
fn rung(done: &Done, place: &(String, flatbench_records::Init), trial: usize) -> Option<TrialRung> {
    let standing = done.standings.get(place)?;
    let setting = standing.trials.iter().position(|&own| own == trial)?;
    let ranked = &standing.ranked;
    let overall = ranked.overall.get(setting)?;
    let finite = |score: f64| Some(score).filter(|score| score.is_finite());
    let score = |medians: &Vec<f64>| medians.get(setting).copied().and_then(finite);
    Some(TrialRung {
        rung: done.rung.number as u32,
        share: done.rung.share,
        scores: ranked.medians.iter().map(|(case, medians)| (case.clone(), score(medians))).collect(),
        overall: finite(overall.score),
        without: overall.without as u32,
    })
}

/// Name and content of the file.
pub fn file(trials: &[Trial]) -> Result<(&'static str, String), Failure> {
    let lines = trials.iter().map(|trial| serde_json::to_string(trial).map(|line| line + "\n"));
    Ok((TRIALS, lines.collect::<Result<_, _>>().map_err(Failure::trouble)?))
}
