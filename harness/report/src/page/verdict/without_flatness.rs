//! What can be said of cases whose loss has no second derivatives: who recovered the truth.

use super::{NAMED, Sentence, named};
use crate::data::Cell;
use crate::numbers::{self, share, short};
use crate::study::Study;

/// One sentence for every such case and start, the optimizer first that recovered most often and then the nearest.
pub(super) fn recoveries(study: &Study, cells: &[Cell]) -> Vec<Sentence> {
    let by_panel = cells.chunk_by(|a, b| a.panel == b.panel);
    by_panel.filter(|cells| is_without(study, cells[0].panel)).filter_map(|cells| sentence(study, cells)).collect()
}

/// Whether the truth is known and no completed run of the panel has a trace, at whatever point, nor the flattest minimum one.
fn is_without(study: &Study, index: usize) -> bool {
    let panel = &study.panels[index];
    let results = || study.in_panel(index).map(|run| &run.record.result);
    let measured = || results().filter_map(|result| result.iterate.as_ref()).filter(|m| m.relative_error.is_some());
    let traced = |result: &flatbench_records::RunResult| {
        let points = result.start.iter().chain(&result.iterate);
        points.chain(result.limit()).any(|metrics| metrics.hessian_trace.is_some())
    };
    panel.truth && panel.quality.is_none() && measured().next().is_some() && !results().any(traced)
}

fn sentence(study: &Study, cells: &[Cell]) -> Option<Sentence> {
    let panel = &study.panels[cells[0].panel];
    let mut order: Vec<&Cell> = cells.iter().filter(|cell| cell.trials > 0).collect();
    let error = |cell: &Cell| cell.limit.error.unwrap_or(f64::INFINITY);
    order.sort_by(|a, b| b.limit.recovered.cmp(&a.limit.recovered).then(error(a).total_cmp(&error(b))));
    let say = |cell: &&Cell| {
        let error =
            cell.limit.error.map_or_else(String::new, |error| format!(" (median relative error {})", short(error)));
        format!("{} {}{error}", named(study, cell.optimizer), share(cell.limit.recovered, cell.trials, "run", "runs"))
    };
    let words: Vec<String> = order.iter().take(NAMED).map(say).collect();
    let more = match order.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; the table has {more} more"),
    };
    let kind = if order.iter().any(|cell| cell.limit.recovered > 0) { "good" } else { "note" };
    (!words.is_empty()).then(|| {
        let (case, start) = (&panel.case, panel.init.name());
        let lead = format!(
            "On {case}, whose loss has no second derivatives, from a {start} start, runs that recovered the truth:"
        );
        (kind, format!("{lead} {}{more}.", numbers::list(&words)))
    })
}
