//! The verdict in words, every number from the records.

mod comparison;
mod control;
mod headline;
mod reference;
mod scoreboard;

use std::collections::BTreeMap;

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Cell, Comparison, Finding, Sharpness};
use crate::numbers::{self, count, short};
use crate::statistics::Interval;
use crate::study::{CAUTION, Study};

/// Sentences that name each optimizer stop here; the table goes on.
const NAMED: usize = 8;

/// Kind for the mark beside it, and text, with names between [`OPEN`] and [`CLOSE`].
type Sentence = (&'static str, String);

/// Unicode's isolates: invisible, and made for text of unknown origin inside other text.
const OPEN: char = '\u{2068}';
const CLOSE: char = '\u{2069}';

/// Name of an optimizer inside a sentence.
fn named(study: &Study, optimizer: usize) -> String {
    format!("{OPEN}{}{CLOSE}", study.optimizers[optimizer].replace([OPEN, CLOSE], ""))
}

/// A sentence in pieces: (whether it is a name, text).
fn pieces(text: &str) -> Vec<(bool, String)> {
    let parts = text.split([OPEN, CLOSE]).enumerate().map(|(index, part)| (index % 2 == 1, numbers::unbroken(part)));
    parts.filter(|(_, part)| !part.is_empty()).collect()
}

#[derive(Serialize)]
pub(super) struct Verdict {
    /// In the order of importance.
    sentences: Vec<(&'static str, Vec<(bool, String)>)>,
    board: Option<scoreboard::Board>,
    /// What the sentences rest on, and what they leave out.
    fine: Vec<Vec<(bool, String)>>,
    comparisons: Vec<Row>,
    baseline: String,
}

#[derive(Serialize)]
struct Row {
    optimizer: usize,
    name: String,
    init: &'static str,
    finding: &'static str,
    pairs: usize,
    ratio: String,
    interval: String,
    error_ratio: String,
    p: String,
    adjusted: String,
}

pub(super) fn verdict(study: &Study, cells: &[Cell], sharpness: &[Sharpness]) -> Verdict {
    let Some(baseline) = study.baseline else {
        let nothing = "There are no records yet, so there is nothing to compare.".to_owned();
        return Verdict {
            sentences: vec![("note", pieces(&nothing))],
            board: None,
            fine: Vec::new(),
            comparisons: Vec::new(),
            baseline: String::new(),
        };
    };
    let base = &named(study, baseline);
    let comparisons = data::comparisons(study, |panel| !study.panels[panel].control);
    let mut sentences: Vec<Sentence> = Vec::new();
    for init in Init::ALL {
        sentences.extend(headline::headline(study, init));
    }
    // The first sentence is what a reader takes home: it says too what happened where nothing may happen.
    if let Some(first) = sentences.first_mut() {
        first.0 = if first.0 == "good" { "headline good" } else { "headline note" };
    }
    match (control::controls(study), sentences.first_mut()) {
        (Some(("good", words)), Some((_, headline))) => headline.push_str(&format!(" {words}")),
        (control, _) => sentences.extend(control),
    }
    if study.truth_chose {
        match sentences.first_mut() {
            Some((_, headline)) => headline.push_str(&format!(" {CAUTION}")),
            None => sentences.push(("warning", CAUTION.to_owned())),
        }
    }
    sentences.extend(reference::apart(study));
    sentences.extend(reference::norm(study));
    for init in Init::ALL {
        let own: Vec<&Comparison> = comparisons.iter().filter(|c| c.init == init).collect();
        sentences.extend(comparison::flatness(study, base, init, own));
    }
    sentences.extend(comparison::unresolvable(study, base, &comparisons));
    sentences.extend(comparison::recovery(study, base, &comparisons, sharpness));
    let failed: usize = cells.iter().map(|c| c.failures).sum();
    if failed > 0 {
        let runs = count(failed, "compared run failed and counts", "compared runs failed and count");
        sentences.push(("warning", format!("{runs} as not recovered; see Failures.")));
    }
    let fine = [headline::left_out(study), without_limit(study, cells)];
    let sentences = sentences.into_iter().map(|(kind, text)| (kind, pieces(&text))).collect();
    let rows = comparisons.iter().map(|c| row(study, c)).collect();
    Verdict {
        sentences,
        board: scoreboard::board(study),
        fine: fine.into_iter().flatten().map(|text| pieces(&text)).collect(),
        comparisons: rows,
        baseline: study.optimizers[baseline].to_owned(),
    }
}

/// Who has runs that ended at no minimum.
fn without_limit(study: &Study, cells: &[Cell]) -> Option<String> {
    let mut by_optimizer: BTreeMap<(usize, Init), (usize, usize)> = BTreeMap::new();
    for cell in cells {
        let (without, trials) = by_optimizer.entry((cell.optimizer, study.panels[cell.panel].init)).or_default();
        *without += cell.without_limit;
        *trials += cell.trials;
    }
    let total: usize = by_optimizer.values().map(|(without, _)| without).sum();
    let mut all: Vec<_> = by_optimizer.into_iter().filter(|(_, (without, _))| *without > 0).collect();
    all.sort_by_key(|(_, (without, _))| std::cmp::Reverse(*without));
    let words: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|((o, init), (without, of))| {
            format!("{} from a {} start ({without} of {of})", named(study, *o), init.name())
        })
        .collect();
    (total > 0).then(|| {
        format!(
            "{} no zero-loss point: {}. They are at no minimum, so their flatness is left out everywhere; in errors and \
             recoveries the returned iterate stands in.",
            count(total, "run reached", "runs reached"),
            numbers::list(&words)
        )
    })
}

fn row(study: &Study, c: &Comparison) -> Row {
    let p = |p: Option<f64>| p.map_or_else(|| "all tied".to_owned(), short);
    Row {
        optimizer: c.optimizer,
        name: study.optimizers[c.optimizer].to_owned(),
        init: c.init.name(),
        finding: match c.finding() {
            Finding::Flatter => "flatter",
            Finding::LessFlat => "less flat",
            Finding::NotResolved => "not resolved",
        },
        pairs: c.pairs,
        ratio: short(c.ratio.estimate),
        interval: range(&c.ratio),
        error_ratio: c
            .error_ratio
            .map_or_else(|| numbers::NONE.to_owned(), |e| format!("{} ({})", short(e.estimate), range(&e))),
        p: p(c.p),
        adjusted: p(c.adjusted),
    }
}

fn range(interval: &Interval) -> String {
    format!("{} to {}", short(interval.low), short(interval.high))
}
