//! The verdict as a small table: who came how near to the flattest minimum that exists, and recovered how often.

use std::collections::BTreeMap;

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Standing};
use crate::figures;
use crate::numbers::{NONE, multiple};
use crate::study::Study;

/// Rows beyond which it would no longer be read at a glance.
const MOST: usize = 12;

/// Height that fills a bar.
const FULL: f64 = 10.0;

#[derive(Serialize)]
pub(super) struct Board {
    starts: Vec<Start>,
    rows: Vec<Row>,
    /// Optimizers that have no row.
    more: usize,
}

#[derive(Serialize)]
struct Start {
    name: &'static str,
    cases: usize,
}

#[derive(Serialize)]
struct Row {
    optimizer: usize,
    name: String,
    swatch: String,
    /// One per start.
    ends: Vec<Option<Place>>,
}

#[derive(Serialize)]
struct Place {
    excess: String,
    /// Length of the bar in percent.
    bar: Option<u32>,
    shade: usize,
    reached: String,
    recovered: String,
}

/// `None` if there is no case on which a claim can be made.
pub(super) fn board(study: &Study) -> Option<Board> {
    let standings: Vec<(Init, Vec<Standing>)> = Init::ALL
        .map(|init| (init, data::standings(study, init)))
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .collect();
    // In the order of the first start, those that are missing there after them.
    let mut order: Vec<usize> = Vec::new();
    for standing in standings.iter().flat_map(|(_, all)| all) {
        if !order.contains(&standing.optimizer) {
            order.push(standing.optimizer);
        }
    }
    let places: Vec<BTreeMap<usize, &Standing>> =
        standings.iter().map(|(_, all)| all.iter().map(|s| (s.optimizer, s)).collect()).collect();
    let rows = order
        .iter()
        .take(MOST)
        .map(|&optimizer| Row {
            optimizer,
            name: study.optimizers[optimizer].to_owned(),
            swatch: figures::swatch(optimizer),
            ends: places.iter().map(|own| own.get(&optimizer).map(|s| place(s))).collect(),
        })
        .collect();
    let starts: Vec<Start> = standings
        .iter()
        .map(|(init, all)| Start { name: init.name(), cases: all.iter().map(|s| s.cases.len()).max().unwrap_or(0) })
        .collect();
    (!starts.is_empty()).then(|| Board { starts, rows, more: order.len().saturating_sub(MOST) })
}

fn place(standing: &Standing) -> Place {
    let excess = standing.excess(|_| true);
    Place {
        excess: excess.map_or_else(|| NONE.to_owned(), multiple),
        bar: excess.map(|e| (100.0 * (e.max(1.0).ln() / FULL.ln()).clamp(0.02, 1.0)).round() as u32),
        shade: excess.map_or(0, |e| crate::page::grid::STEPS.iter().filter(|step| e > **step).count()),
        reached: format!("{} of {}", standing.reached(), standing.cases.len()),
        recovered: format!("{} of {}", standing.recovered(), standing.runs()),
    }
}
