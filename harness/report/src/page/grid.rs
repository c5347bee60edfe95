//! The optimizer × case table, at a glance and in full.

use serde::Serialize;

use crate::data::{Cell, Summary};
use crate::numbers::{NONE, multiple, optional, short};
use crate::study::{Measure, Study};

/// Optimizers beyond which the table at a glance would be wider than any screen.
const MOST_COLUMNS: usize = 12;

/// Multiples of the least flatness at which the shade of a cell changes.
pub(super) const STEPS: [f64; 4] = [1.01, 1.5, 3.0, 10.0];

#[derive(Serialize)]
pub(super) struct Grid {
    glance: Option<Glance>,
    rows: Vec<Row>,
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
    iterate_shade: Shade,
    flatness: [String; 2],
    recovered: [String; 2],
    failures: usize,
    /// Runs without a limit point, where others of the cell have one.
    without_limit: usize,
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
    Grid { glance: glance(study, cells), rows: cells.iter().map(|cell| row(study, cell)).collect() }
}

fn href(cell: &Cell) -> String {
    format!("#runs-{}-{}", cell.panel, cell.optimizer)
}

fn row(study: &Study, cell: &Cell) -> Row {
    let unit = match study.panels[cell.panel].measure {
        Measure::Excess => "",
        Measure::Trace => " (tr H)",
    };
    let flatness = |s: &Summary| s.flatness.map_or_else(|| NONE.to_owned(), |f| format!("{}{unit}", short(f)));
    let success = |s: &Summary| match s.success {
        Some(i) => format!("{}/{} ({} to {})", s.recovered, cell.trials, percent(i.low), percent(i.high)),
        None => NONE.to_owned(),
    };
    let both = |of: &dyn Fn(&Summary) -> String| [of(&cell.limit), of(&cell.iterate)];
    Row {
        panel: cell.panel,
        optimizer: cell.optimizer,
        title: study.panels[cell.panel].title.clone(),
        name: study.optimizers[cell.optimizer].to_owned(),
        href: href(cell),
        ends: vec![
            both(&flatness),
            both(&|s| optional(s.balance_gap)),
            both(&|s| optional(s.model_gap)),
            both(&|s| optional(s.error)),
            both(&success),
        ],
        rest: vec![
            format!("{}/{}", cell.interpolated, cell.trials),
            optional(cell.gradient_equivalents),
            optional(cell.seconds),
            match cell.without_limit {
                0 => String::new(),
                n => n.to_string(),
            },
        ],
        failures: cell.failures + cell.skipped,
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn glance(study: &Study, cells: &[Cell]) -> Option<Glance> {
    if cells.is_empty() || study.optimizers.len() > MOST_COLUMNS {
        return None;
    }
    let rows = cells
        .chunk_by(|a, b| a.panel == b.panel)
        .map(|cells| {
            let panel = &study.panels[cells[0].panel];
            let mut columns: Vec<Option<GlanceCell>> = (0..study.optimizers.len()).map(|_| None).collect();
            let least = |of: fn(&Cell) -> &Summary| {
                let lowest = cells.iter().filter_map(|c| of(c).flatness).fold(f64::INFINITY, f64::min);
                if panel.measure == Measure::Excess { 1.0 } else { lowest }
            };
            let (limit, iterate) = (least(|c| &c.limit), least(|c| &c.iterate));
            for cell in cells {
                columns[cell.optimizer] = Some(glance_cell(cell, panel.measure, limit, iterate));
            }
            GlanceRow { panel: cells[0].panel, title: panel.title.clone(), note: panel.sizes.clone(), cells: columns }
        })
        .collect();
    let columns = study.optimizers.iter().enumerate().map(|(i, n)| (i, (*n).to_owned())).collect();
    Some(Glance { columns, rows })
}

fn glance_cell(cell: &Cell, measure: Measure, limit: f64, iterate: f64) -> GlanceCell {
    let flatness = |s: &Summary| match (s.flatness, measure) {
        (Some(f), Measure::Excess) => multiple(f),
        (None, _) if cell.trials > 0 && cell.without_limit == cell.trials => "no limit".to_owned(),
        (flatness, _) => optional(flatness),
    };
    let recovered = |s: &Summary| match cell.trials {
        0 => "skipped".to_owned(),
        trials => {
            let all = if s.recovered == trials { "✓ " } else { "" };
            format!("{all}{}/{trials} recovered", s.recovered)
        }
    };
    let shade =
        |s: &Summary, least: f64| s.flatness.map(|f| STEPS.iter().filter(|step| f / least > **step).count() as u8);
    GlanceCell {
        optimizer: cell.optimizer,
        href: href(cell),
        shade: shade(&cell.limit, limit),
        iterate_shade: shade(&cell.iterate, iterate),
        flatness: [flatness(&cell.limit), flatness(&cell.iterate)],
        recovered: [recovered(&cell.limit), recovered(&cell.iterate)],
        failures: cell.failures,
        without_limit: if cell.without_limit < cell.trials { cell.without_limit } else { 0 },
    }
}
