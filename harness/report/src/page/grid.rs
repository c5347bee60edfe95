//! The optimizer × case table, at a glance and in full.

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Cell, Summary};
use crate::numbers::{NONE, optional, short};
use crate::palette;
use crate::study::{Measure, Panel, Study};

/// Optimizers beyond which the table at a glance would be wider than any screen.
const MOST_COLUMNS: usize = 12;

#[derive(Serialize)]
pub(super) struct Grid {
    glance: Option<Glance>,
    rows: Vec<Row>,
    /// Whether there are errors and recoveries to show.
    truth: bool,
}

#[derive(Serialize)]
struct Glance {
    columns: Vec<(usize, String)>,
    rows: Vec<GlanceRow>,
}

#[derive(Serialize)]
struct GlanceRow {
    panel: usize,
    title: String,
    note: String,
    cells: Vec<Option<GlanceCell>>,
}

#[derive(Serialize)]
struct GlanceCell {
    optimizer: usize,
    href: String,
    shade: Shade,
    flatness: [String; 2],
    recovered: [String; 2],
    failures: usize,
    /// Why runs reached no minimum.
    reasons: String,
}

/// How far above the flattest: 0 at it, 4 far away.
type Shade = Option<u8>;

#[derive(Serialize)]
struct Row {
    panel: usize,
    optimizer: usize,
    title: String,
    name: String,
    href: String,
    /// (limit, iterate) of every column that differs between them.
    ends: Vec<[String; 2]>,
    rest: Vec<String>,
    failures: usize,
}

pub(super) fn grid(study: &Study, cells: &[Cell]) -> Grid {
    let rows = cells.iter().map(|cell| row(study, cell)).collect();
    Grid { glance: glance(study, cells), rows, truth: study.knows_truth() }
}

/// Where the runs of a cell are told of: their rows, or the archive that they are in.
fn href(study: &Study, cell: &Cell) -> String {
    if study.is_archived(cell.optimizer) {
        return format!("#rival-{}", cell.optimizer);
    }
    format!("#runs-{}-{}", cell.panel, cell.optimizer)
}

fn row(study: &Study, cell: &Cell) -> Row {
    let measure = study.panels[cell.panel].measure;
    let unit = match measure {
        Measure::Excess => "",
        Measure::Trace => " (tr H)",
    };
    let flatness = |s: &Summary| s.flatness.map_or_else(|| NONE.to_owned(), |f| format!("{}{unit}", f.cell(measure)));
    let at_iterate = match flatness(&cell.iterate) {
        none if none == NONE => none,
        some => format!("{some} at the iterate"),
    };
    let panel = &study.panels[cell.panel];
    let success = |s: &Summary| match s.success {
        Some(i) if panel.truth => {
            format!("{}/{} ({} to {})", s.recovered, cell.trials, percent(i.low), percent(i.high))
        }
        _ => NONE.to_owned(),
    };
    let both = |of: &dyn Fn(&Summary) -> String| [of(&cell.limit), of(&cell.iterate)];
    // At the limit the iterate stands in for a run that reached none.
    let stands_in = |[limit, iterate]: [String; 2]| match cell.reasons.count() {
        0 => [limit, iterate],
        _ if limit == NONE => [limit, iterate],
        _ => [format!("{limit}*"), iterate],
    };
    Row {
        panel: cell.panel,
        optimizer: cell.optimizer,
        title: study.panels[cell.panel].title.clone(),
        name: study.shown(cell.optimizer),
        href: href(study, cell),
        ends: [
            [flatness(&cell.limit), at_iterate],
            both(&|s| optional(s.balance_gap)),
            both(&|s| optional(s.model_gap)),
        ]
        .into_iter()
        .chain(
            study
                .knows_truth()
                .then(|| [stands_in(both(&|s| optional(s.error))), stands_in(both(&success))])
                .into_iter()
                .flatten(),
        )
        .collect(),
        rest: vec![
            optional(cell.held_out),
            format!("{}/{}", cell.interpolated, cell.trials),
            optional(cell.gradient_equivalents),
            optional(cell.seconds),
            cell.reasons.words(cell.trials),
        ],
        failures: cell.failures + cell.skipped,
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn glance(study: &Study, cells: &[Cell]) -> Option<Glance> {
    let listed = columns(study)?;
    if cells.is_empty() {
        return None;
    }
    let rows = cells
        .chunk_by(|a, b| a.panel == b.panel)
        .map(|cells| {
            let panel = &study.panels[cells[0].panel];
            let lowest = cells.iter().filter_map(|c| c.limit.flatness?.height()).fold(f64::INFINITY, f64::min);
            let least = if panel.measure == Measure::Excess { 1.0 } else { lowest };
            let of = |entry: &usize| cells.iter().find(|cell| cell.optimizer == *entry);
            let columns =
                listed.iter().map(|entry| of(entry).map(|cell| glance_cell(study, cell, panel, least))).collect();
            GlanceRow { panel: cells[0].panel, title: panel.title.clone(), note: panel.sizes.clone(), cells: columns }
        })
        .collect();
    let columns = listed.into_iter().map(|entry| (entry, study.shown(entry))).collect();
    Some(Glance { columns, rows })
}

/// Entries with a column: all, or, where that are too many, those that were run here beside the best of the archived ones; none where even
/// those are too many.
fn columns(study: &Study) -> Option<Vec<usize>> {
    let all = study.optimizers.len();
    if all <= MOST_COLUMNS {
        return Some((0..all).collect());
    }
    let is_kept = |entry: &usize| !study.is_archived(*entry) || study.baseline == Some(*entry);
    let mut kept: Vec<usize> = (0..all).filter(is_kept).collect();
    if kept.len() > MOST_COLUMNS || !study.has_archived() {
        return None;
    }
    let standings = Init::ALL.into_iter().flat_map(|init| data::standings(study, init));
    for standing in standings {
        if kept.len() < MOST_COLUMNS && !kept.contains(&standing.optimizer) {
            kept.push(standing.optimizer);
        }
    }
    kept.sort_unstable();
    Some(kept)
}

fn glance_cell(study: &Study, cell: &Cell, panel: &Panel, least: f64) -> GlanceCell {
    let measure = panel.measure;
    // What is no minimum is shown as such: without a shade, which would compare it.
    let at_iterate =
        cell.iterate.flatness.map_or_else(|| NONE.to_owned(), |f| format!("{} at the iterate", f.cell(measure)));
    let at_limit = match cell.limit.flatness {
        None if cell.trials > 0 && cell.reasons.count() == cell.trials && panel.truth => "no minimum".to_owned(),
        // Where no minimum can be expected, the iterate is all there is.
        None if !panel.truth => at_iterate.clone(),
        None => NONE.to_owned(),
        Some(flatness) => flatness.cell(measure),
    };
    let recovered = |s: &Summary| match cell.trials {
        0 => "skipped".to_owned(),
        _ if !panel.truth => cell.held_out.map_or_else(String::new, |error| format!("held-out error {}", short(error))),
        trials => {
            let all = if s.recovered == trials { "✓ " } else { "" };
            format!("{all}{}/{trials} recovered", s.recovered)
        }
    };
    let shade = |height: f64| palette::shade(height / least) as u8;
    GlanceCell {
        optimizer: cell.optimizer,
        href: href(study, cell),
        // By what is certain: how far it is above a lower bound alone says nothing of how far it is above the flattest.
        shade: cell.limit.flatness.and_then(|f| f.low).map(shade),
        flatness: [at_limit, at_iterate],
        recovered: [recovered(&cell.limit), recovered(&cell.iterate)],
        failures: cell.failures,
        reasons: if panel.truth { cell.reasons.words(cell.trials) } else { String::new() },
    }
}
