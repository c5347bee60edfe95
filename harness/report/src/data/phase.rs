use std::collections::BTreeMap;

use flatbench_records::Init;

use crate::statistics::{Interval, wilson};
use crate::study::{End, Run, Study};

/// Success against the number of measurements, everything else equal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Phase {
    pub(crate) family: String,
    pub(crate) sizes: String,
    pub(crate) init: Init,
    pub(crate) rank: Option<usize>,
    /// By optimizer: (measurements, share recovered, successes, trials).
    pub(crate) curves: Vec<(usize, Vec<PhasePoint>)>,
}

/// Runs at one number of measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PhasePoint {
    pub(crate) measurements: usize,
    pub(crate) success: Interval,
    pub(crate) recovered: usize,
    pub(crate) trials: usize,
}

/// One diagram for every series of cases (names equal but for their numbers), size, rank and start with at least three
/// numbers of measurements.
pub(crate) fn phases(study: &Study) -> Vec<Phase> {
    type Place<'a> = (&'a str, String, String, Init, Option<usize>);
    let mut groups: BTreeMap<Place, BTreeMap<usize, BTreeMap<usize, Vec<&Run>>>> = BTreeMap::new();
    for run in study.compared().filter(|r| r.counts()) {
        let Some(d) = run.record.dimensions else { continue };
        let depth = d.depth.map_or_else(String::new, |l| format!(", depth {l}"));
        let sizes = format!("{}×{}, width {}{depth}", d.rows, d.cols, d.factor_rank);
        groups
            .entry((run.record.family.as_str(), stem(&run.record.case), sizes, run.record.init, d.rank))
            .or_default()
            .entry(run.optimizer)
            .or_default()
            .entry(d.measurements)
            .or_default()
            .push(run);
    }
    groups
        .into_iter()
        .filter_map(|((family, _, sizes, init, rank), optimizers)| {
            let curves: Vec<(usize, Vec<PhasePoint>)> = optimizers
                .into_iter()
                .map(|(optimizer, counts)| {
                    let points = counts
                        .into_iter()
                        .filter_map(|(measurements, runs)| {
                            let recovered = runs.iter().filter(|r| r.recovered(End::Limit)).count();
                            let success = wilson(recovered, runs.len())?;
                            Some(PhasePoint { measurements, success, recovered, trials: runs.len() })
                        })
                        .collect();
                    (optimizer, points)
                })
                .collect();
            let enough = curves.iter().any(|(_, points)| points.len() >= 3);
            enough.then(|| Phase { family: family.to_owned(), sizes, init, rank, curves })
        })
        .collect()
}

/// Name of a case without its numbers: what cases of one series have in common.
pub(super) fn stem(case: &str) -> String {
    case.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}
