//! The optimizer × case table, at a glance and in full.

use std::ops::Range;

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
    /// Headings after case and optimizer, before failures.
    heads: Vec<&'static str>,
    rows: Vec<Row>,
    /// Whether there are errors and recoveries to show.
    truth: bool,
    /// Whether any run reached a minimum.
    minima: bool,
    /// Whether held-out errors are known in the units of a file.
    rmse: bool,
}

#[derive(Serialize)]
struct Glance {
    /// Entry, none where it stands for several, and name.
    columns: Vec<(Option<usize>, String)>,
    /// Whether any column is of many settings.
    grouped: bool,
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
    /// None where it is of many settings.
    optimizer: Option<usize>,
    href: String,
    shade: Shade,
    /// Whether the shade is the same whichever end is shown.
    judged_by_iterate: bool,
    /// Flatness at limit and iterate; without a truth, the error on held-out data.
    value: [String; 2],
    /// Recoveries; without a truth, what else there is.
    note: [String; 2],
    failures: usize,
    /// Why runs reached no minimum.
    reasons: String,
}

/// How far above the flattest: 0 at it, 4 far away.
type Shade = Option<u8>;

/// What stands in a cell; what stands there when iterates are shown, where that may differ.
type Text = (String, Option<String>);

#[derive(Serialize)]
struct Row {
    panel: usize,
    optimizer: usize,
    title: String,
    name: String,
    href: String,
    cells: Vec<Text>,
    failures: usize,
}

pub(super) fn grid(study: &Study, cells: &[Cell]) -> Grid {
    let (truth, minima) = (study.knows_truth(), study.has_minima());
    let rmse = cells.iter().any(|cell| cell.rmse.is_some());
    let (heads, rows): (Vec<_>, Vec<_>) = cells.iter().map(|cell| row(study, cell, rmse)).unzip();
    let heads = heads.into_iter().next().unwrap_or_default();
    Grid { glance: glance(study, cells), heads, rows, truth, minima, rmse }
}

/// Where the runs of a cell are told of: their rows, or the archive that they are in.
fn href(study: &Study, cell: &Cell) -> String {
    if study.is_archived(cell.optimizer) {
        return format!("#rival-{}", cell.optimizer);
    }
    format!("#runs-{}-{}", cell.panel, cell.optimizer)
}

/// A row and its headings, the same for all.
fn row(study: &Study, cell: &Cell, rmse: bool) -> (Vec<&'static str>, Row) {
    let plain = |text: String| (text, None);
    let held_out = [("held-out RMSE", plain(optional(cell.rmse))), ("held-out error", plain(optional(cell.held_out)))];
    let held_out = held_out.into_iter().skip(usize::from(!rmse));
    let cost = [
        ("interpolated", format!("{}/{}", cell.interpolated, cell.trials)),
        ("gradient equivalents", optional(cell.gradient_equivalents)),
        ("seconds", optional(cell.seconds)),
        ("reached no minimum", cell.reasons.words(cell.trials)),
    ];
    let cost = cost.map(|(head, text)| (head, plain(text)));
    // What a case is judged by stands first.
    let columns = match study.knows_truth() {
        true => flatness(study, cell).into_iter().chain(recovery(study, cell)).chain(held_out).chain(cost).unzip(),
        false => held_out.chain(flatness(study, cell)).chain(cost).unzip(),
    };
    let (heads, cells) = columns;
    let row = Row {
        panel: cell.panel,
        optimizer: cell.optimizer,
        title: study.panels[cell.panel].title.clone(),
        name: study.shown(cell.optimizer),
        href: href(study, cell),
        cells,
        failures: cell.failures + cell.skipped,
    };
    (heads, row)
}

/// Flatness at the limits; at the iterates, and called so, where no run of the study has a limit.
fn flatness(study: &Study, cell: &Cell) -> Vec<(&'static str, Text)> {
    let measure = study.panels[cell.panel].measure;
    let in_traces = study.panels.iter().all(|panel| panel.measure == Measure::Trace);
    let unit = if measure == Measure::Excess || (in_traces && !study.has_minima()) { "" } else { " (tr H)" };
    let shown = |s: &Summary| s.flatness.map_or_else(|| NONE.to_owned(), |f| format!("{}{unit}", f.cell(measure)));
    if !study.has_minima() {
        let head = if in_traces { "tr H at the iterate" } else { "excess flatness at the iterate" };
        let gap = optional(cell.iterate.balance_gap);
        return vec![(head, (shown(&cell.iterate), None)), ("balance gap at the iterate", (gap, None))];
    }
    let at_iterate = match shown(&cell.iterate) {
        none if none == NONE => none,
        some => format!("{some} at the iterate"),
    };
    let both = |of: &dyn Fn(&Summary) -> String| (of(&cell.limit), Some(of(&cell.iterate)));
    vec![
        ("excess flatness", (shown(&cell.limit), Some(at_iterate))),
        ("balance gap", both(&|s| optional(s.balance_gap))),
        ("model gap", both(&|s| optional(s.model_gap))),
    ]
}

/// Errors and recoveries. At the limit the iterate stands in for a run that reached none.
fn recovery(study: &Study, cell: &Cell) -> [(&'static str, Text); 2] {
    let panel = &study.panels[cell.panel];
    let success = |s: &Summary| match s.success {
        Some(i) if panel.truth => {
            format!("{}/{} ({} to {})", s.recovered, cell.trials, percent(i.low), percent(i.high))
        }
        _ => NONE.to_owned(),
    };
    let stands_in = |of: &dyn Fn(&Summary) -> String| {
        let limit = of(&cell.limit);
        let mark = if cell.reasons.count() == 0 || limit == NONE { "" } else { "*" };
        (format!("{limit}{mark}"), Some(of(&cell.iterate)))
    };
    [("relative error", stands_in(&|s| optional(s.error))), ("recovered", stands_in(&success))]
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
            let height = |c: &Cell| if panel.truth { c.limit.flatness?.height() } else { c.held_out_root() };
            let lowest = cells.iter().filter_map(height).fold(f64::INFINITY, f64::min);
            let least = if panel.truth && panel.measure == Measure::Excess { 1.0 } else { lowest };
            let of = |group: &Range<usize>| -> Option<GlanceCell> {
                let own: Vec<&Cell> = cells.iter().filter(|cell| group.contains(&cell.optimizer)).collect();
                match own.as_slice() {
                    [] => None,
                    [cell] if group.len() == 1 => Some(glance_cell(study, cell, panel, least)),
                    several => Some(grouped_cell(study, several, panel, least)),
                }
            };
            let columns = listed.iter().map(of).collect();
            GlanceRow { panel: cells[0].panel, title: panel.title.clone(), note: panel.sizes.clone(), cells: columns }
        })
        .collect();
    let columns = listed.iter().map(|group| ((group.len() == 1).then_some(group.start), study.group_name(group)));
    let grouped = listed.iter().any(|group| group.len() > 1);
    Some(Glance { columns: columns.collect(), grouped, rows })
}

/// Entries with a column: all, or, where that are too many, those that were run here beside the best of the archived ones; none where even
/// those are too many.
fn columns(study: &Study) -> Option<Vec<Range<usize>>> {
    let all = study.groups();
    if all.len() <= MOST_COLUMNS {
        return Some(all);
    }
    let is_kept = |group: &Range<usize>| {
        !study.is_archived(group.start) || study.baseline.is_some_and(|own| group.contains(&own))
    };
    let mut kept: Vec<Range<usize>> = all.iter().filter(|group| is_kept(group)).cloned().collect();
    if kept.len() > MOST_COLUMNS || !study.has_archived() {
        return None;
    }
    let standings = Init::ALL.into_iter().flat_map(|init| data::standings(study, init));
    for standing in standings {
        let Some(group) = all.iter().find(|group| group.contains(&standing.optimizer)) else { continue };
        if kept.len() < MOST_COLUMNS && !kept.contains(group) {
            kept.push(group.clone());
        }
    }
    kept.sort_unstable_by_key(|group| group.start);
    Some(kept)
}

/// Many settings of one optimizer: from the best to the worst, and how many of them recovered.
fn grouped_cell(study: &Study, cells: &[&Cell], panel: &Panel, least: f64) -> GlanceCell {
    let measure = panel.measure;
    let range = |of: &dyn Fn(&Cell) -> Option<(f64, String)>| {
        let mut known: Vec<(f64, String)> = cells.iter().filter_map(|cell| of(cell)).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        match known.as_slice() {
            [] => NONE.to_owned(),
            [.., last] if known[0].1 == last.1 => last.1.clone(),
            [first, .., last] => format!("{} to {}", first.1, last.1),
            [one] => one.1.clone(),
        }
    };
    let flatness =
        |of: fn(&Cell) -> &Summary| range(&|cell| of(cell).flatness.and_then(|f| Some((f.height()?, f.cell(measure)))));
    let whole = |of: fn(&Cell) -> &Summary| {
        let all = cells.iter().filter(|cell| cell.trials > 0 && of(cell).recovered == cell.trials).count();
        let some = cells.iter().filter(|cell| (1..cell.trials).contains(&of(cell).recovered)).count();
        let some = if some > 0 { format!(", some with {some}") } else { String::new() };
        format!("every run recovered with {all} of {} settings{some}", cells.len())
    };
    let (value, note) = if panel.truth {
        let at_iterate = match flatness(|cell| &cell.iterate) {
            none if none == NONE => none,
            some => format!("{some} at the iterate"),
        };
        ([flatness(|cell| &cell.limit), at_iterate], [whole(|cell| &cell.limit), whole(|cell| &cell.iterate)])
    } else {
        let error = range(&|cell| cell.held_out_root().map(|root| (root, short(root))));
        let name = if cells.iter().any(|cell| cell.rmse.is_some()) { "RMSE" } else { "root of held-out error" };
        let said = format!("{name} {error}");
        ([said.clone(), said], [String::new(), String::new()])
    };
    let height = |cell: &&Cell| if panel.truth { cell.limit.flatness?.low } else { cell.held_out_root() };
    let best = cells.iter().filter_map(height).reduce(f64::min);
    GlanceCell {
        optimizer: None,
        href: href(study, cells[0]),
        judged_by_iterate: !panel.truth,
        shade: best.map(|height| palette::shade(height / least) as u8),
        value,
        note,
        failures: cells.iter().map(|cell| cell.failures).sum(),
        reasons: String::new(),
    }
}

fn glance_cell(study: &Study, cell: &Cell, panel: &Panel, least: f64) -> GlanceCell {
    let (value, note) = if panel.truth { by_flatness(cell, panel) } else { by_held_out(cell, panel) };
    // By what is certain: how far it is above a lower bound alone says nothing of how far it is above the flattest.
    let height = if panel.truth { cell.limit.flatness.and_then(|f| f.low) } else { cell.held_out_root() };
    GlanceCell {
        optimizer: Some(cell.optimizer),
        href: href(study, cell),
        judged_by_iterate: !panel.truth,
        shade: height.map(|height| palette::shade(height / least) as u8),
        value,
        note,
        failures: cell.failures,
        reasons: if panel.truth { cell.reasons.words(cell.trials) } else { String::new() },
    }
}

/// Flatness and recoveries, at the limit and at the iterate. What is no minimum is shown as such: without a shade, which would compare
/// it.
fn by_flatness(cell: &Cell, panel: &Panel) -> ([String; 2], [String; 2]) {
    let measure = panel.measure;
    let at_iterate =
        cell.iterate.flatness.map_or_else(|| NONE.to_owned(), |f| format!("{} at the iterate", f.cell(measure)));
    let at_limit = match cell.limit.flatness {
        None if cell.trials > 0 && cell.reasons.count() == cell.trials => "no minimum".to_owned(),
        None => NONE.to_owned(),
        Some(flatness) => flatness.cell(measure),
    };
    let recovered = |s: &Summary| match cell.trials {
        0 => "skipped".to_owned(),
        trials => {
            let all = if s.recovered == trials { "✓ " } else { "" };
            format!("{all}{}/{trials} recovered", s.recovered)
        }
    };
    ([at_limit, at_iterate], [recovered(&cell.limit), recovered(&cell.iterate)])
}

/// The error on held-out data, in the units of the file where that is known, and flatness, of the iterate where there is no other.
fn by_held_out(cell: &Cell, panel: &Panel) -> ([String; 2], [String; 2]) {
    let relative = cell.held_out.map(|error| format!("held-out error {}", short(error)));
    let (value, relative) = match (cell.trials, cell.rmse) {
        (0, _) => ("skipped".to_owned(), None),
        (_, Some(rmse)) => (format!("RMSE {}", short(rmse)), relative),
        (_, None) => (relative.unwrap_or_else(|| NONE.to_owned()), None),
    };
    let unit = if panel.measure == Measure::Trace { "tr H " } else { "" };
    let flatness = |s: &Summary, end: &str| s.flatness.map(|f| format!("{unit}{}{end}", f.cell(panel.measure)));
    let at_iterate = flatness(&cell.iterate, " at the iterate");
    let at_limit = flatness(&cell.limit, "").or_else(|| at_iterate.clone());
    let note = |flatness: Option<String>| relative.iter().cloned().chain(flatness).collect::<Vec<_>>().join("; ");
    ([value.clone(), value], [note(at_limit), note(at_iterate)])
}
