use std::collections::BTreeMap;

use flatbench_records::Init;

use super::standing::{Standing, standings};
use crate::study::{RECOVERED, Study};

/// Thresholds of the relative error at which shares are drawn: from rounding to no recovery at all.
pub(crate) const THRESHOLDS: [f64; 2] = [1e-9, 1.0];

/// Share of runs that recovered the truth, by the relative error up to which a run counts as having done so.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recovery {
    pub(crate) init: Init,
    /// Whether it is of the cases on which settings were chosen; the others are counted apart.
    pub(crate) tuned: bool,
    pub(crate) curves: Vec<Curve>,
}

/// The runs of one optimizer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) optimizer: usize,
    /// Relative errors in ascending order.
    pub(crate) errors: Vec<f64>,
    /// Runs, failed ones included.
    pub(crate) runs: usize,
}

impl Curve {
    /// Runs whose relative error is at most `threshold`.
    pub(crate) fn recovered(&self, threshold: f64) -> usize {
        self.errors.partition_point(|error| *error <= threshold)
    }

    /// The other threshold, ten times smaller or greater than the one of the report, where it changes the count by a quarter of the
    /// runs or more: (threshold, recovered by it), the greater change first.
    pub(crate) fn hinges(&self) -> Option<(f64, usize)> {
        let now = self.recovered(RECOVERED);
        let others = [RECOVERED / 10.0, 10.0 * RECOVERED].map(|threshold| (threshold, self.recovered(threshold)));
        let (threshold, recovered) = others.into_iter().max_by_key(|(_, recovered)| recovered.abs_diff(now))?;
        (4 * recovered.abs_diff(now) >= self.runs && self.runs > 1).then_some((threshold, recovered))
    }
}

/// By start, tuned and untuned cases apart, over the runs of the scoreboard.
pub(crate) fn recoveries(study: &Study) -> Vec<Recovery> {
    let mut out = Vec::new();
    for init in Init::ALL {
        let all = standings(study, init);
        for tuned in [true, false] {
            let mut curves: Vec<Curve> = all.iter().filter_map(|standing| curve(standing, tuned)).collect();
            curves.sort_by_key(|curve| curve.optimizer);
            out.extend((!curves.is_empty()).then_some(Recovery { init, tuned, curves }));
        }
    }
    out
}

fn curve(standing: &Standing, tuned: bool) -> Option<Curve> {
    let runs = standing.runs(tuned);
    let cases = standing.cases.iter().filter(|case| case.tuned == tuned);
    let mut errors: Vec<f64> = cases.flat_map(|case| case.errors.iter().copied()).collect();
    errors.sort_by(f64::total_cmp);
    (runs > 0).then_some(Curve { optimizer: standing.optimizer, errors, runs })
}

/// Runs that recovered on the panels where theory allows no difference in flatness: by optimizer, recovered and all.
pub(crate) fn on_controls(study: &Study) -> BTreeMap<usize, (usize, usize)> {
    let mut out: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for run in study.compared().filter(|run| study.panels[run.panel].control && run.counts()) {
        let (recovered, runs) = out.entry(run.optimizer).or_default();
        *recovered += usize::from(run.recovered(crate::study::End::Limit));
        *runs += 1;
    }
    out
}
