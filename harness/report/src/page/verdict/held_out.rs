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
    // Older records have no errors in the units of the file.
    let in_units = cells.iter().any(|cell| cell.rmse.is_some());
    let of = |cell: &Cell| if in_units { cell.rmse } else { cell.held_out };
    let mut errors: Vec<(f64, &Cell)> = cells.iter().filter_map(|cell| Some((of(cell)?, cell))).collect();
    errors.sort_by(|a, b| a.0.total_cmp(&b.0));
    let say = |(error, cell): &(f64, &Cell)| {
        let relative = cell.held_out.filter(|_| in_units).map_or_else(String::new, |e| format!(" ({})", short(e)));
        format!("{} {}{relative}", named(study, cell.optimizer), short(*error))
    };
    let words: Vec<String> = errors.iter().take(NAMED).map(say).collect();
    let more = match errors.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; the table has {more} more"),
    };
    let what = match in_units {
        true => {
            "median root mean square error on held-out data in the units of the file (in brackets squared and relative, 1 being that of \
             predicting zero, or the shifts of centred data)"
        }
        false => "median squared error on held-out data",
    };
    (!words.is_empty()).then(|| {
        let (case, start) = (&panel.case, panel.init.name());
        let lead = format!("On {case}, whose truth is not known, from a {start} start, {what}");
        ("note", format!("{lead}: {}{more}.", numbers::list(&words)))
    })
}
