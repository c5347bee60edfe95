//! The verdict as a small table: who came how near to the flattest minimum that exists, and recovered how often.

use std::ops::Range;

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Standing};
use crate::figures;
use crate::numbers::NONE;
use crate::palette::shade;
use crate::study::{Measure, RECOVERED, Study};

/// Rows beyond which it would no longer be read at a glance: the others are there to be unfolded.
const FIRST: usize = 12;

/// Rows beyond which it would be no table to look at.
const MOST: usize = 100;

/// Height that fills a bar.
const FULL: f64 = 10.0;

#[derive(Serialize)]
pub(super) struct Board {
    starts: Vec<Start>,
    rows: Vec<Row>,
    /// Rows that are unfolded.
    rest: usize,
    /// Optimizers that have no row.
    more: usize,
    /// Cases whose flattest minimum is not certified, so that excess flatness is an interval.
    uncertified: Vec<String>,
    /// Whether tuned and untuned cases are counted apart.
    apart: bool,
    /// Whether any row is of many settings.
    grouped: bool,
}

#[derive(Serialize)]
struct Start {
    name: &'static str,
    cases: usize,
}

#[derive(Serialize)]
struct Row {
    /// None where it is of many settings.
    optimizer: Option<usize>,
    /// Whether it was run here while others are archived.
    own: bool,
    /// Whether it waits to be unfolded.
    rest: bool,
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
    let groups = study.groups();
    // The settings of one optimizer stand where the best of them does.
    let mut order: Vec<&Range<usize>> = Vec::new();
    for entry in data::ranked(standings.iter().flat_map(|(_, all)| all)) {
        order.extend(groups.iter().find(|group| group.contains(&entry) && !order.contains(group)));
    }
    let total = order.len();
    let first = kept(study, &order, FIRST);
    let order = kept(study, &order, MOST);
    let ends = |group: &Range<usize>| {
        let of = |all: &Vec<Standing>| {
            let own: Vec<&Standing> = all.iter().filter(|standing| group.contains(&standing.optimizer)).collect();
            match own.as_slice() {
                [] => None,
                [one] if group.len() == 1 => Some(place(one)),
                several => Some(range(several)),
            }
        };
        standings.iter().map(|(_, all)| of(all)).collect()
    };
    let rows: Vec<Row> = order
        .iter()
        .map(|group| Row {
            optimizer: (group.len() == 1).then_some(group.start),
            own: study.has_archived() && !study.is_archived(group.start),
            rest: !first.contains(group),
            name: study.group_name(group),
            swatch: figures::swatch(study.look(group.start)),
            ends: ends(group),
        })
        .collect();
    let grouped = order.iter().any(|group| group.len() > 1);
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
    let (rest, more) = (rows.iter().filter(|row| row.rest).count(), total.saturating_sub(rows.len()));
    (!starts.is_empty()).then_some(Board { starts, rows, rest, more, uncertified, apart, grouped })
}

/// The first `most` in `order`; what was run here beside an archive has a place wherever it stands.
fn kept<'o>(study: &Study, order: &[&'o Range<usize>], most: usize) -> Vec<&'o Range<usize>> {
    let archived = |group: &Range<usize>| study.has_archived() && study.is_archived(group.start);
    let others = most.saturating_sub(order.iter().filter(|group| !archived(group)).count());
    let mut nth = 0;
    let mut kept = order.to_vec();
    kept.retain(|group| {
        nth += usize::from(archived(group));
        order.len() <= most || !archived(group) || nth <= others
    });
    kept.truncate(most);
    kept
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

/// Many settings of one optimizer, from the best to the worst.
fn range(standings: &[&Standing]) -> Place {
    let mut excess: Vec<(f64, String)> = standings
        .iter()
        .filter_map(|standing| standing.excess(|_| true).and_then(|e| Some((e.height()?, e.cell(Measure::Excess)))))
        .collect();
    excess.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = |counts: Vec<usize>| {
        let (least, most) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
        if least == most { format!("{most}") } else { format!("{most} to {least}") }
    };
    let cases = standings.iter().map(|standing| standing.cases.len()).max().unwrap_or(0);
    let runs = standings.iter().map(|standing| standing.all_runs()).max().unwrap_or(0);
    let recovered = |standing: &&Standing| [true, false].map(|tuned| standing.recovered(tuned, RECOVERED)).iter().sum();
    Place {
        excess: match excess.as_slice() {
            [] => NONE.to_owned(),
            [one] => one.1.clone(),
            [first, .., last] => format!("{} to {}", first.1, last.1),
        },
        bar: None,
        shade: 0,
        reached: format!("{} of {cases}", ends(standings.iter().map(|standing| standing.reached()).collect())),
        recovered: format!("{} of {runs}", ends(standings.iter().map(recovered).collect())),
        reasons: String::new(),
    }
}
