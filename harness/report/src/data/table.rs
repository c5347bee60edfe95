use std::collections::BTreeMap;

use flatbench_records::Outcome;

use crate::bounds::Bounds;
use crate::numbers::median;
use crate::reasons::Reasons;
use crate::statistics::{Interval, wilson};
use crate::study::{End, Run, Study, held_out_error, held_out_rmse};

/// One optimizer on one panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) panel: usize,
    pub(crate) optimizer: usize,
    /// Runs compared, failed ones included, skipped ones not.
    pub(crate) trials: usize,
    pub(crate) failures: usize,
    pub(crate) skipped: usize,
    /// Why completed runs have no limit point; in errors and recoveries their iterate stands in.
    pub(crate) reasons: Reasons,
    /// Runs whose iterate interpolates.
    pub(crate) interpolated: usize,
    pub(crate) limit: Summary,
    pub(crate) iterate: Summary,
    /// Mean squared error of the iterate on data that no run saw.
    pub(crate) held_out: Option<f64>,
    /// The same as a root mean square error in the units of the data file.
    pub(crate) rmse: Option<f64>,
    pub(crate) gradient_equivalents: Option<f64>,
    pub(crate) seconds: Option<f64>,
}

impl Cell {
    /// What a case is judged by whose truth is not known, as a root mean square: in the units of the file where that is recorded.
    pub(crate) fn held_out_root(&self) -> Option<f64> {
        self.rmse.or_else(|| self.held_out.map(f64::sqrt))
    }
}

/// Medians over the runs of a cell, at one end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) flatness: Option<Bounds>,
    pub(crate) balance_gap: Option<f64>,
    pub(crate) model_gap: Option<f64>,
    pub(crate) error: Option<f64>,
    pub(crate) recovered: usize,
    /// Share recovered among all trials, failures included.
    pub(crate) success: Option<Interval>,
}

/// Every cell that has runs, by panel and optimizer.
pub(crate) fn table(study: &Study) -> Vec<Cell> {
    let mut groups: BTreeMap<(usize, usize), Vec<&Run>> = BTreeMap::new();
    for run in study.compared() {
        groups.entry((run.panel, run.optimizer)).or_default().push(run);
    }
    groups.into_iter().map(|(place, runs)| cell(study, place, &runs)).collect()
}

fn cell(study: &Study, (panel, optimizer): (usize, usize), runs: &[&Run]) -> Cell {
    let trials = runs.iter().filter(|r| r.counts()).count();
    let completed: Vec<&&Run> = runs.iter().filter(|r| r.record.result.outcome == Outcome::Completed).collect();
    let measure = study.panels[panel].measure;
    let summary = |end| {
        let gap = |pick: fn(&flatbench_records::Metrics) -> Option<f64>| {
            median(completed.iter().filter_map(|r| pick(r.metrics(end)?)))
        };
        let recovered = completed.iter().filter(|r| r.recovered(end)).count();
        Summary {
            flatness: Bounds::median(completed.iter().filter_map(|r| r.bounds(measure, end))),
            balance_gap: gap(|m| m.balance_gap),
            model_gap: gap(|m| m.model_gap),
            error: median(completed.iter().filter_map(|r| r.error(end))),
            recovered,
            success: wilson(recovered, trials),
        }
    };
    Cell {
        panel,
        optimizer,
        trials,
        failures: runs.iter().filter(|r| r.record.result.outcome.is_failure()).count(),
        skipped: runs.len() - trials,
        reasons: Reasons::of(runs.iter().map(|r| r.record)),
        interpolated: completed.iter().filter(|r| r.record.result.interpolated).count(),
        limit: summary(End::Limit),
        iterate: summary(End::Iterate),
        held_out: median(runs.iter().filter_map(|r| held_out_error(r.record))),
        rmse: median(runs.iter().filter_map(|r| held_out_rmse(r.record))),
        gradient_equivalents: median(completed.iter().map(|r| r.record.result.gradient_equivalents)),
        seconds: median(completed.iter().map(|r| r.record.result.optimizer_seconds)),
    }
}
