//! What can be said of cases whose truth nobody knows: how well the data were predicted that no run saw.

use super::{NAMED, Sentence, named};
use crate::data::Cell;
use crate::numbers::{self, short};
use crate::study::Study;

/// One sentence for every such case and start, the best optimizer first.
pub(super) fn errors(study: &Study, cells: &[Cell]) -> Vec<Sentence> {
    let by_panel = cells.chunk_by(|a, b| a.panel == b.panel);
    by_panel.filter(|cells| !study.panels[cells[0].panel].truth).filter_map(|cells| sentence(study, cells)).collect()
}

fn sentence(study: &Study, cells: &[Cell]) -> Option<Sentence> {
    let panel = &study.panels[cells[0].panel];
    let mut errors: Vec<(f64, &Cell)> = cells.iter().filter_map(|cell| Some((cell.held_out?, cell))).collect();
    errors.sort_by(|a, b| a.0.total_cmp(&b.0));
    let say = |(error, cell): &(f64, &Cell)| format!("{} {}", named(study, cell.optimizer), short(*error));
    let words: Vec<String> = errors.iter().take(NAMED).map(say).collect();
    let more = match errors.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; the table has {more} more"),
    };
    (!words.is_empty()).then(|| {
        let (case, start) = (&panel.case, panel.init.name());
        let lead =
            format!("On {case}, whose truth is not known, from a {start} start, median squared error on held-out data");
        ("note", format!("{lead}: {}{more}.", numbers::list(&words)))
    })
}
