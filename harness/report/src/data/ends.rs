use std::collections::BTreeMap;

use crate::statistics::median;
use crate::study::{End, RECOVERED, Run, Study, positive};

/// A singular value above this share of the largest is one that a run found.
pub(crate) const FOUND: f64 = 1e-2;

/// Singular values of the runs on a panel where they ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ends {
    pub(crate) panel: usize,
    /// Of every optimizer, the median over its runs of each singular value, and of the number of those above [`FOUND`] of the largest.
    pub(crate) entries: Vec<EndValues>,
    /// Singular values of the truth, where a run came so near to it that they are known.
    pub(crate) truth: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EndValues {
    pub(crate) optimizer: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) rank: f64,
    /// Whether the ten values of a record may not be all that are above.
    pub(crate) at_least: bool,
}

/// Singular values where a run ended: at its limit, if it has one.
fn end_values<'a>(run: &Run<'a>) -> Option<&'a [f64]> {
    let values = run.record.result.compared()?.singular_values.as_slice();
    Some(values).filter(|values| values.first().is_some_and(|s| positive(*s)))
}

/// `None` where no run has singular values that tell more than a number: those of vectors are one.
pub(crate) fn ends(study: &Study, panel: usize) -> Option<Ends> {
    let runs: Vec<(&Run, &[f64])> =
        study.in_panel(panel).filter(|run| run.stopped()).filter_map(|run| Some((run, end_values(run)?))).collect();
    let longest = runs.iter().map(|(_, values)| values.len()).max().filter(|longest| *longest > 1)?;
    let rank = runs.iter().find_map(|(run, _)| run.record.dimensions?.rank);
    let shown = rank.map_or(longest, |rank| (rank + 3).min(longest));
    let entries = runs
        .chunk_by(|a, b| a.0.optimizer == b.0.optimizer)
        .filter_map(|own| {
            let values = (0..shown)
                .map_while(|i| median(&own.iter().filter_map(|(_, v)| v.get(i).copied()).collect::<Vec<_>>()));
            let ranks: Vec<f64> = own.iter().map(|(_, values)| rank_found(values) as f64).collect();
            let rank = median(&ranks)?;
            Some(EndValues {
                optimizer: own[0].0.optimizer,
                values: values.collect(),
                rank,
                at_least: rank >= longest as f64 && longest >= 10,
            })
        })
        .collect();
    let mut nearest: BTreeMap<u64, (f64, &[f64])> = BTreeMap::new();
    for (run, values) in &runs {
        let Some(error) = run.error(End::Limit).filter(|error| *error <= RECOVERED) else { continue };
        let best = nearest.entry(run.record.instance_seed).or_insert((error, values));
        if error < best.0 {
            *best = (error, values);
        }
    }
    let of_truth = |i: usize| median(&nearest.values().filter_map(|(_, v)| v.get(i).copied()).collect::<Vec<_>>());
    let truth = (0..rank.unwrap_or(0).min(shown)).map_while(of_truth).collect();
    Some(Ends { panel, entries, truth })
}

/// How many values, in descending order, are above [`FOUND`] of the largest.
pub(crate) fn rank_found(values: &[f64]) -> usize {
    let largest = values.first().copied().unwrap_or(0.0);
    values.iter().filter(|s| **s > FOUND * largest).count()
}
