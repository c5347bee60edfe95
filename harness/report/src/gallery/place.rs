//! How an optimizer did on a case from a start, in the words of a card and in those of a table.

use serde::Serialize;

use crate::data::Cell;
use crate::numbers::{NONE, compact, multiple};
use crate::palette::shade;
use crate::statistics::bootstrap_median;
use crate::study::{End, Measure, Study};

/// Instances from which on an interval is shown.
const INSTANCES: usize = 3;

#[derive(Serialize)]
pub(super) struct Place {
    flatness: String,
    /// 95 % interval of the median, where there are instances enough for one.
    interval: String,
    recovered: String,
    shade: Option<usize>,
    reasons: String,
    pub(super) brief: Brief,
}

/// The same for a narrow column.
#[derive(Serialize)]
pub(super) struct Brief {
    /// Median excess flatness, or tr H; a dash where no run reached a minimum.
    pub(super) flatness: String,
    /// `[low, high]`, or nothing.
    pub(super) interval: String,
    /// `3/5`; a dash where the truth is not known or nothing was run.
    pub(super) recovered: String,
    /// Why nothing was run, or runs reached no minimum; empty where all did.
    pub(super) notes: Vec<String>,
}

impl Place {
    pub(super) fn of(study: &Study, cell: &Cell) -> Self {
        let panel = &study.panels[cell.panel];
        let measure = panel.measure;
        let runs = || study.in_panel(cell.panel).filter(|run| run.optimizer == cell.optimizer);
        let height = |run: &crate::run::Run| Some(vec![run.bounds(measure, End::Limit)?.height()?]);
        let heights: Vec<Vec<f64>> = runs().filter_map(height).collect();
        let enough = heights.len() >= INSTANCES && measure == Measure::Excess;
        let interval = bootstrap_median(&heights, 0.95, 0).filter(|_| enough);
        let flatness = match cell.limit.flatness {
            Some(flatness) => flatness.cell(measure),
            None if cell.trials == 0 => "skipped".to_owned(),
            None => "no minimum".to_owned(),
        };
        let low = cell.limit.flatness.and_then(|flatness| flatness.low).filter(|_| measure == Measure::Excess);
        let success = cell.limit.success.filter(|_| panel.truth);
        let percent = |share: f64| format!("{:.0}", 100.0 * share);
        let said = |[open, between, close]: [&str; 3], number: fn(f64) -> String| {
            interval.map_or_else(String::new, |i| format!("{open}{}{between}{}{close}", number(i.low), number(i.high)))
        };
        let brief = Brief {
            flatness: cell.limit.flatness.map_or_else(|| NONE.to_owned(), crate::bounds::Bounds::compact),
            interval: said(["[", ", ", "]"], compact),
            recovered: success.map_or_else(|| NONE.to_owned(), |_| format!("{}/{}", cell.limit.recovered, cell.trials)),
            notes: notes(cell, runs().map(|run| run.record)),
        };
        let skipped = brief.notes.first().filter(|_| cell.trials == 0);
        Place {
            flatness,
            interval: said(["", " to ", ""], multiple),
            recovered: success.map_or_else(
                || NONE.to_owned(),
                |success| {
                    let (low, high) = (percent(success.low), percent(success.high));
                    format!("{}/{} ({low} to {high} %)", cell.limit.recovered, cell.trials)
                },
            ),
            shade: low.map(shade),
            reasons: skipped.cloned().unwrap_or_else(|| cell.reasons.words(cell.trials)),
            brief,
        }
    }
}

/// Why runs reached no minimum, each reason once, without the numbers in it.
fn notes<'a>(cell: &Cell, mut records: impl Iterator<Item = &'a flatbench_records::Record>) -> Vec<String> {
    if cell.trials == 0 {
        let detail = records.find_map(|record| record.result.outcome_detail.clone());
        return vec![detail.map_or_else(|| "not run".to_owned(), |detail| format!("not run: {detail}"))];
    }
    let mut out: Vec<String> = cell.reasons.kinds().collect();
    for record in records.filter(|record| record.result.outcome.is_failure()) {
        let failed = format!("run failed: {}", record.result.outcome);
        if !out.contains(&failed) {
            out.push(failed);
        }
    }
    out
}
