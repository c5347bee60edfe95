//! The report in a few lines: what every optimizer came to on every case, and the first sentence of the verdict.

use std::collections::BTreeMap;
use std::ops::Range;

use flatbench_records::{Outcome, Quality};

use super::verdict::{self, Verdict};
use crate::Input;
use crate::data::{self, Cell};
use crate::numbers::{NONE, count, optional, share};
use crate::study::{Measure, Panel, Study};

/// What a terminal shows of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// Cases from their starts, in the order of the report.
    pub groups: Vec<Group>,
    /// What the verdict says first; empty where it says nothing.
    pub verdict: String,
}

/// A case from one start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Case and start.
    pub title: String,
    /// What is known of its flattest minimum and of its truth.
    pub known: String,
    /// One row for every entry that was run here; for the settings of an optimizer one together where they are many, with the best and
    /// the worst of each number.
    pub rows: Vec<DigestRow>,
}

/// An entry (an optimizer, or one of its settings where none was chosen) on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRow {
    /// Its label.
    pub name: String,
    /// Median excess flatness at the limits, or what bounds it; tr H where nothing is known of the flattest minimum.
    pub flatness: String,
    /// Runs that recovered the truth, of all.
    pub recovered: String,
    /// Runs with a limit, of all.
    pub limit: String,
    /// Median relative error at the limits. Where the truth is not known, that of iterates on held-out data: the root mean square in the
    /// units of the file, or else the mean square.
    pub error: String,
    /// Whether a run without a limit counts, in recoveries and errors, with where it stopped.
    pub stands_in: bool,
    /// What failed, was skipped or reached no minimum, and why.
    pub notes: Vec<String>,
}

/// The digest of what a report would be made from.
pub fn digest(input: &Input) -> Digest {
    let study = Study::new(input);
    let cells = data::table(&study);
    let (sharpness, recoveries) = (data::sharpness(&study), data::recoveries(&study));
    of(&study, &cells, &verdict::verdict(&study, input, &cells, &sharpness, &recoveries))
}

pub(super) fn of(study: &Study, cells: &[Cell], verdict: &Verdict) -> Digest {
    let groups = cells.chunk_by(|a, b| a.panel == b.panel).map(|cells| group(study, cells));
    Digest {
        groups: groups.filter(|group| !group.rows.is_empty()).collect(),
        verdict: verdict.sentences().into_iter().next().unwrap_or_default(),
    }
}

fn group(study: &Study, cells: &[Cell]) -> Group {
    let panel = &study.panels[cells[0].panel];
    let own = cells.iter().filter(|cell| !study.is_archived(cell.optimizer));
    let in_units = cells.iter().any(|cell| cell.rmse.is_some());
    Group {
        title: format!("{}, {} start", panel.case, panel.init.name()),
        known: known(study, cells[0].panel, in_units),
        rows: rows(study, panel, own, in_units),
    }
}

/// A row for every entry, and one for all settings of an optimizer where they are many.
fn rows<'c>(study: &Study, panel: &Panel, cells: impl Iterator<Item = &'c Cell>, in_units: bool) -> Vec<DigestRow> {
    let cells: Vec<&Cell> = cells.collect();
    let of = |group: Range<usize>| {
        let own: Vec<&Cell> = cells.iter().copied().filter(|cell| group.contains(&cell.optimizer)).collect();
        match own.as_slice() {
            [] => None,
            [cell] if group.len() == 1 => Some(row(study, panel, cell, in_units)),
            several => Some(grouped(study.group_name(&group), study, panel, several, in_units)),
        }
    };
    study.groups().into_iter().filter_map(of).collect()
}

/// Many settings of one optimizer, from the best to the worst of each number.
fn grouped(name: String, study: &Study, panel: &Panel, cells: &[&Cell], in_units: bool) -> DigestRow {
    let rows: Vec<DigestRow> = cells.iter().map(|cell| row(study, panel, cell, in_units)).collect();
    // By size, best first: what is no number comes last and is left out where there are numbers.
    let ends = |of: fn(&DigestRow) -> &String, size: &dyn Fn(&Cell) -> Option<f64>| {
        let mut known: Vec<(f64, &String)> =
            cells.iter().zip(&rows).filter_map(|(cell, row)| Some((size(cell)?, of(row)))).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        match known.as_slice() {
            [] => rows.first().map_or_else(|| NONE.to_owned(), |row| of(row).clone()),
            [first, .., last] if first.1 != last.1 => format!("{} to {}", first.1, last.1),
            [first, ..] => first.1.clone(),
        }
    };
    let without = |cell: &Cell| cell.failures + cell.reasons.count();
    let held_out = |cell: &Cell| if in_units { cell.rmse } else { cell.held_out };
    let failed: usize = cells.iter().map(|cell| cell.failures).sum();
    let held: usize = cells.iter().map(|cell| cell.reasons.count()).sum();
    let all: usize = cells.iter().map(|cell| cell.trials).sum();
    let mut notes = Vec::new();
    notes.extend((failed > 0).then(|| format!("failed: {failed} of {all}")));
    notes.extend((held > 0 && panel.truth).then(|| format!("no minimum: {held} of {all}")));
    DigestRow {
        name,
        flatness: ends(|row| &row.flatness, &|cell| cell.limit.flatness?.height()),
        recovered: ends(|row| &row.recovered, &|cell| Some(-(cell.limit.recovered as f64))),
        limit: ends(|row| &row.limit, &|cell| Some(without(cell) as f64)),
        error: ends(|row| &row.error, &|cell| if panel.truth { cell.limit.error } else { held_out(cell) }),
        stands_in: rows.iter().any(|row| row.stands_in),
        notes,
    }
}

/// What is known of the flattest minimum, whether it is the truth, and whether that is known; and what the errors are, if it is not.
fn known(study: &Study, index: usize, in_units: bool) -> String {
    let panel = &study.panels[index];
    let flattest = match panel.quality {
        _ if panel.control => "control: no minimum is flatter than another".to_owned(),
        Some(Quality::Minimum) => format!("flattest minimum certified{}", truth(study, index)),
        Some(Quality::BestKnown) => format!("flattest minimum known, not certified{}", truth(study, index)),
        Some(quality) => format!("no more than a {} known", quality.words()),
        None => match &panel.missing {
            Some(reason) => format!("no flattest minimum: {reason}"),
            None => "no flattest minimum known".to_owned(),
        },
    };
    let units = if in_units { ": root mean squares in the units of the file" } else { "" };
    if panel.truth { flattest } else { format!("{flattest}; truth not known, errors are on held-out data{units}") }
}

/// Whether the flattest minimum is the truth, by instances.
fn truth(study: &Study, index: usize) -> String {
    let runs = study.in_panel(index);
    let instances: BTreeMap<u64, bool> =
        runs.filter_map(|run| Some((run.record.instance_seed, run.flattest_is_truth()?))).collect();
    match (instances.values().filter(|is_truth| **is_truth).count(), instances.len()) {
        (_, 0) => String::new(),
        (0, _) => ", not the truth".to_owned(),
        (all, instances) if all == instances => ", and it is the truth".to_owned(),
        (some, all) => format!(", the truth on {}", share(some, all, "instance", "instances")),
    }
}

fn row(study: &Study, panel: &Panel, cell: &Cell, in_units: bool) -> DigestRow {
    let held_out = if in_units { cell.rmse } else { cell.held_out };
    let of = |part: usize| if cell.trials > 0 { format!("{part}/{}", cell.trials) } else { NONE.to_owned() };
    let without = cell.reasons.count();
    let limits = cell.trials - cell.failures.min(cell.trials) - without.min(cell.trials - cell.failures);
    // Where no minimum can be expected, the iterate is all there is.
    let expects_none = !panel.truth && limits == 0;
    let mut notes = failures(study, cell);
    notes.extend(Some(cell.reasons.words(cell.trials)).filter(|words| !words.is_empty() && !expects_none));
    DigestRow {
        name: study.shown(cell.optimizer),
        flatness: flatness(panel, cell),
        recovered: if panel.truth { of(cell.limit.recovered) } else { NONE.to_owned() },
        limit: if expects_none { NONE.to_owned() } else { of(limits) },
        error: optional(if panel.truth { cell.limit.error } else { held_out }),
        stands_in: panel.truth && without > 0 && cell.limit.error.is_some(),
        notes,
    }
}

fn flatness(panel: &Panel, cell: &Cell) -> String {
    let Some(bounds) = cell.limit.flatness.filter(|_| !panel.control) else { return NONE.to_owned() };
    let said = bounds.cell(panel.measure);
    match panel.measure {
        Measure::Trace => format!("tr H {said}"),
        // An interval so short that it is one number is still none that is certain.
        Measure::Excess if panel.quality != Some(Quality::Minimum) && !said.contains(' ') => format!("≈ {said}"),
        Measure::Excess => said,
    }
}

/// How many runs failed and were skipped, by outcome.
fn failures(study: &Study, cell: &Cell) -> Vec<String> {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let own = study.in_panel(cell.panel).filter(|run| run.optimizer == cell.optimizer);
    for outcome in own.map(|run| run.record.result.outcome).filter(|outcome| outcome.is_failure()) {
        *outcomes.entry(outcome.name()).or_default() += 1;
    }
    let words: Vec<String> = outcomes.iter().map(|(name, runs)| format!("{name}: {runs} of {}", cell.trials)).collect();
    let failed = (!words.is_empty()).then(|| format!("failed ({})", words.join(", ")));
    let skipped = (cell.skipped > 0).then(|| format!("{} {}", count(cell.skipped, "run", "runs"), Outcome::Skipped));
    failed.into_iter().chain(skipped).collect()
}
