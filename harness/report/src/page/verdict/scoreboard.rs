//! The verdict as a small table: who came how near to the flattest minimum that exists, and recovered how often.

use std::collections::BTreeMap;

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Standing};
use crate::figures;
use crate::numbers::NONE;
use crate::palette::shade;
use crate::study::{Measure, RECOVERED, Study};

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
    /// Cases whose flattest minimum is not certified, so that excess flatness is an interval.
    uncertified: Vec<String>,
    /// Whether tuned and untuned cases are counted apart.
    apart: bool,
}

#[derive(Serialize)]
struct Start {
    name: &'static str,
    cases: usize,
}

#[derive(Serialize)]
struct Row {
    optimizer: usize,
    /// Whether it was run here while others are archived.
    own: bool,
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
    /// Why runs reached no minimum.
    reasons: String,
}

/// `None` if there is no case on which a claim can be made.
pub(super) fn board(study: &Study) -> Option<Board> {
    let standings: Vec<(Init, Vec<Standing>)> = Init::ALL
        .map(|init| (init, data::standings(study, init)))
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .collect();
    let mut order = data::ranked(standings.iter().flat_map(|(_, all)| all));
    let places: Vec<BTreeMap<usize, &Standing>> =
        standings.iter().map(|(_, all)| all.iter().map(|s| (s.optimizer, s)).collect()).collect();
    let total = order.len();
    // What was run here has a row wherever it stands.
    let others = MOST.saturating_sub(order.iter().filter(|entry| !study.is_archived(**entry)).count());
    let has_room = order.len() <= MOST || !study.has_archived();
    let mut nth = 0;
    order.retain(|entry| {
        nth += usize::from(study.is_archived(*entry));
        has_room || !study.is_archived(*entry) || nth <= others
    });
    let rows = order
        .iter()
        .take(MOST)
        .map(|&optimizer| Row {
            optimizer,
            own: study.has_archived() && !study.is_archived(optimizer),
            name: study.shown(optimizer),
            swatch: figures::swatch(study.look(optimizer)),
            ends: places.iter().map(|own| own.get(&optimizer).map(|s| place(s))).collect(),
        })
        .collect();
    let starts: Vec<Start> = standings
        .iter()
        .map(|(init, all)| Start { name: init.name(), cases: all.iter().map(|s| s.cases.len()).max().unwrap_or(0) })
        .collect();
    let cases = || standings.iter().flat_map(|(_, all)| all).flat_map(|standing| &standing.cases);
    let mut uncertified: Vec<String> =
        cases().filter(|case| !case.certified).filter_map(|case| Some(case.runs.first()?.case.clone())).collect();
    uncertified.sort_unstable();
    uncertified.dedup();
    let apart = cases().any(|case| case.tuned) && cases().any(|case| !case.tuned);
    (!starts.is_empty()).then(|| Board { starts, rows, more: total.saturating_sub(MOST), uncertified, apart })
}

fn place(standing: &Standing) -> Place {
    let height = standing.height();
    let counts = [true, false].map(|tuned| (standing.recovered(tuned, RECOVERED), standing.runs(tuned)));
    let said = |(recovered, runs): (usize, usize)| format!("{recovered} of {runs}");
    let recovered = match counts {
        [tuned, (_, 0)] => said(tuned),
        [(_, 0), untuned] => said(untuned),
        [tuned, untuned] => format!("{}; untuned {}", said(tuned), said(untuned)),
    };
    Place {
        excess: standing.excess(|_| true).map_or_else(|| NONE.to_owned(), |excess| excess.cell(Measure::Excess)),
        bar: height.map(|e| (100.0 * (e.max(1.0).ln() / FULL.ln()).clamp(0.02, 1.0)).round() as u32),
        shade: height.map_or(0, shade),
        reached: format!("{} of {}", standing.reached(), standing.cases.len()),
        recovered,
        reasons: standing.reasons().words(standing.all_runs()),
    }
}
