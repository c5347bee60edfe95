use std::collections::BTreeMap;

use flatbench_records::Crossing;

use crate::numbers::median;
use crate::study::{Measure, Study};

/// What is compared at equal loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtLevel {
    /// ‖X − X*‖_F / ‖X*‖_F.
    Error,
    /// tr H over that of the flattest zero-loss point, or tr H where none is known.
    Trace,
}

/// The runs of a panel where their loss first fell to given fractions of its start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Descent {
    pub(crate) panel: usize,
    pub(crate) of: AtLevel,
    /// By optimizer, the levels that any run of it reached, the highest first.
    pub(crate) curves: Vec<(usize, Vec<LevelPoint>)>,
}

/// The runs of an optimizer at one level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LevelPoint {
    /// Fraction of the loss at the start.
    pub(crate) level: f64,
    /// Median over the runs that reached it.
    pub(crate) median: f64,
    pub(crate) reached: usize,
    pub(crate) runs: usize,
}

/// Error and flatness of every panel whose records speak of levels.
pub(crate) fn descents(study: &Study) -> Vec<Descent> {
    let panels = 0..study.panels.len();
    panels.flat_map(|panel| [AtLevel::Error, AtLevel::Trace].map(|of| descent(study, panel, of))).flatten().collect()
}

fn descent(study: &Study, panel: usize, of: AtLevel) -> Option<Descent> {
    let measure = study.panels[panel].measure;
    let value = |crossing: &Crossing| match (of, measure) {
        (AtLevel::Error, _) => crossing.relative_error,
        (AtLevel::Trace, Measure::Excess) => crossing.excess_flatness,
        (AtLevel::Trace, Measure::Trace) => crossing.hessian_trace,
    };
    let mut runs: BTreeMap<usize, usize> = BTreeMap::new();
    // The highest level first: of positive numbers, the one with the greater bits.
    let mut values: BTreeMap<(usize, std::cmp::Reverse<u64>), Vec<f64>> = BTreeMap::new();
    for run in study.in_panel(panel).filter(|run| run.counts()) {
        *runs.entry(run.optimizer).or_default() += 1;
        for crossing in &run.record.result.crossings {
            let level = std::cmp::Reverse(crossing.level.to_bits());
            values.entry((run.optimizer, level)).or_default().extend(value(crossing).filter(|x| *x >= 0.0));
        }
    }
    let mut curves: BTreeMap<usize, Vec<LevelPoint>> = BTreeMap::new();
    for ((optimizer, level), values) in values {
        let reached = values.len();
        let Some(median) = median(values) else { continue };
        let point = LevelPoint { level: f64::from_bits(level.0), median, reached, runs: runs[&optimizer] };
        curves.entry(optimizer).or_default().push(point);
    }
    (!curves.is_empty()).then(|| Descent { panel, of, curves: curves.into_iter().collect() })
}
