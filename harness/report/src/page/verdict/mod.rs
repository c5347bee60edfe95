//! The verdict in words, every number from the records.

mod beside;
mod comparison;
mod conclusions;
mod control;
mod headline;
mod held_out;
mod recovery;
mod reference;
mod scoreboard;
mod without_flatness;

use std::collections::BTreeMap;

use flatbench_records::{Init, Record};
use serde::Serialize;

use crate::Input;
use crate::data::{self, Cell, Comparison, Finding, Ratio, Recovery, SMALLEST_EFFECT, Sharpness};
use crate::numbers::{self, count, short};
use crate::reasons::Reasons;
use crate::statistics::Interval;
use crate::study::{CAUTION, Study};

/// Sentences that name each optimizer stop here; the table goes on.
const NAMED: usize = 8;

/// What is said where a difference is neither shown nor excluded.
const TOO_FEW: &str = "too few runs to tell";

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

/// A sentence without its marks.
fn plain(text: &str) -> String {
    pieces(text).into_iter().map(|(_, piece)| piece).collect()
}

#[derive(Serialize)]
pub(super) struct Verdict {
    /// In the order of importance.
    #[serde(skip)]
    sentences: Vec<(&'static str, Vec<(bool, String)>)>,
    /// Of these, what stands above all, and the rest.
    headlines: Vec<(&'static str, Vec<(bool, String)>)>,
    findings: Vec<(&'static str, Vec<(bool, String)>)>,
    board: Option<scoreboard::Board>,
    /// What may be concluded.
    may: Vec<Vec<(bool, String)>>,
    /// What may not.
    may_not: Vec<Vec<(bool, String)>>,
    /// What the sentences rest on, and what they leave out.
    fine: Vec<Vec<(bool, String)>>,
    comparisons: Vec<Row>,
    baseline: String,
    /// What is said of the place among archived optimizers.
    #[serde(skip)]
    pub(super) beside: Vec<String>,
    smallest: String,
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
    adjusted: String,
    error: &'static str,
    error_ratio: String,
    error_adjusted: String,
}

impl Verdict {
    /// What it says in words, one text for each sentence.
    pub(super) fn sentences(&self) -> Vec<String> {
        let text = |pieces: &Vec<(bool, String)>| pieces.iter().map(|(_, text)| text.as_str()).collect();
        self.sentences.iter().map(|(_, pieces)| text(pieces)).collect()
    }
}

pub(super) fn verdict(
    study: &Study,
    input: &Input,
    cells: &[Cell],
    sharpness: &[Sharpness],
    recoveries: &[Recovery],
) -> Verdict {
    let Some(baseline) = study.baseline else {
        let nothing = "There are no records yet, so there is nothing to compare.".to_owned();
        return Verdict {
            sentences: vec![("note", pieces(&nothing))],
            headlines: Vec::new(),
            findings: vec![("note", pieces(&nothing))],
            board: None,
            may: Vec::new(),
            may_not: Vec::new(),
            fine: Vec::new(),
            comparisons: Vec::new(),
            baseline: String::new(),
            beside: Vec::new(),
            smallest: percent_of_smallest(),
        };
    };
    let base = &named(study, baseline);
    let comparisons = data::comparisons(study, |panel| !study.panels[panel].control);
    let mut sentences: Vec<Sentence> = Vec::new();
    // Whoever runs one optimizer among archived ones wants to know where it stands.
    sentences.extend(Init::ALL.into_iter().filter_map(|init| beside::places(study, init)));
    let places = sentences.len();
    for init in Init::ALL {
        sentences.extend(headline::headline(study, init));
    }
    sentences.extend(without_flatness::recoveries(study, cells));
    sentences.extend(held_out::errors(study, cells));
    // The first sentence is what a reader takes home: it says too what happened where nothing may happen.
    if let Some(first) = sentences.first_mut() {
        first.0 = if first.0 == "good" { "headline good" } else { "headline note" };
    }
    match (control::flatness(study), sentences.first_mut()) {
        (Some(("good", words)), Some((_, headline))) => headline.push_str(&format!(" {words}")),
        (control, _) => sentences.extend(control),
    }
    if study.truth_chose {
        match sentences.first_mut() {
            Some((_, headline)) => headline.push_str(&format!(" {CAUTION}")),
            None => sentences.push(("warning", CAUTION.to_owned())),
        }
    }
    sentences.extend(control::recovery(study));
    sentences.extend(reference::apart(study));
    sentences.extend(reference::norm(study));
    for init in Init::ALL {
        let own: Vec<&Comparison> = comparisons.iter().filter(|c| c.init == init).collect();
        sentences.extend(comparison::flatness(study, base, init, own));
    }
    // Without a truth and without minima there is nothing that a comparison could be of.
    if study.knows_truth() || study.has_minima() {
        sentences.extend(comparison::unresolvable(study, base, &comparisons));
    }
    sentences.extend(recovery::of_flatter(study, base, &comparisons));
    sentences.extend(recovery::correlation(sharpness));
    sentences.extend(recovery::threshold(study, recoveries));
    let failed: usize = cells.iter().map(|c| c.failures).sum();
    if failed > 0 {
        sentences.push((
            "warning",
            if study.knows_truth() {
                let runs = count(failed, "compared run failed and counts", "compared runs failed and count");
                format!("{runs} as not recovered; see Failures.")
            } else {
                format!("{}; see Failures.", count(failed, "compared run failed", "compared runs failed"))
            },
        ));
    }
    let fairness = beside::fairness(study, input);
    let beside = sentences.iter().take(places).chain(&fairness).map(|(_, text)| plain(text)).collect();
    if let Some(warning) = fairness {
        sentences.insert(places, warning);
    }
    let fine = [headline::left_out(study).filter(|_| study.knows_truth()), without_limit(study)];
    let sentences: Vec<_> = sentences.into_iter().map(|(kind, text)| (kind, pieces(&text))).collect();
    let (headlines, findings) = sentences.iter().cloned().partition(|(kind, _)| kind.starts_with("headline"));
    let rows = comparisons.iter().map(|c| row(study, c)).collect();
    let (may, may_not) = conclusions::conclusions(study, base, &comparisons);
    let in_pieces = |all: Vec<String>| all.iter().map(|text| pieces(text)).collect();
    Verdict {
        sentences,
        headlines,
        findings,
        board: scoreboard::board(study),
        may: in_pieces(may),
        may_not: in_pieces(may_not),
        fine: fine.into_iter().flatten().map(|text| pieces(&text)).collect(),
        comparisons: rows,
        baseline: study.shown(baseline),
        beside,
        smallest: percent_of_smallest(),
    }
}

/// Who has runs that ended at no minimum, and why.
fn without_limit(study: &Study) -> Option<String> {
    if !study.has_minima() && !study.knows_truth() {
        let completed = || study.compared().filter(|run| run.counts()).map(|run| run.record);
        let why = Reasons::of(completed()).words(completed().count());
        let all = "No run reached a zero-loss point";
        let then = "Flatness is that of the iterate, which is no minimum, and nobody's is compared.";
        return (!why.is_empty()).then(|| format!("{all} ({why}). {then}"));
    }
    let mut by_optimizer: BTreeMap<(usize, Init), Vec<&Record>> = BTreeMap::new();
    for run in study.compared().filter(|run| run.counts()) {
        by_optimizer.entry((run.optimizer, study.panels[run.panel].init)).or_default().push(run.record);
    }
    let mut all: Vec<(usize, Init, usize, Reasons)> = by_optimizer
        .into_iter()
        .map(|((optimizer, init), runs)| (optimizer, init, runs.len(), Reasons::of(runs)))
        .filter(|(.., reasons)| reasons.count() > 0)
        .collect();
    let total: usize = all.iter().map(|(.., reasons)| reasons.count()).sum();
    all.sort_by_key(|(.., reasons)| std::cmp::Reverse(reasons.count()));
    let words: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|(o, init, runs, reasons)| {
            format!("{} from a {} start ({})", named(study, *o), init.name(), reasons.words(*runs))
        })
        .collect();
    let stand_in = if study.knows_truth() { "; in errors and recoveries the returned iterate stands in" } else { "" };
    (total > 0).then(|| {
        format!(
            "{} no zero-loss point: {}. They are at no minimum, so their flatness is that of the iterate and left out of every \
             comparison{stand_in}.",
            count(total, "run reached", "runs reached"),
            numbers::list(&words)
        )
    })
}

fn row(study: &Study, c: &Comparison) -> Row {
    let p = |ratio: &Ratio| ratio.adjusted.map_or_else(|| "all tied".to_owned(), short);
    Row {
        optimizer: c.optimizer,
        name: study.shown(c.optimizer),
        init: c.init.name(),
        finding: match c.finding() {
            Finding::Lower => "flatter",
            Finding::Higher => "less flat",
            Finding::Alike => "alike",
            Finding::NotResolved => TOO_FEW,
        },
        pairs: c.trace.pairs,
        ratio: short(c.trace.interval.estimate),
        interval: range(&c.trace.interval),
        adjusted: p(&c.trace),
        error: match c.error.as_ref().map(Ratio::finding) {
            Some(Finding::Lower) => "nearer",
            Some(Finding::Higher) => "further",
            Some(Finding::Alike) => "alike",
            Some(Finding::NotResolved) => TOO_FEW,
            None => numbers::NONE,
        },
        error_ratio: c.error.map_or_else(
            || numbers::NONE.to_owned(),
            |e| format!("{} ({})", short(e.interval.estimate), range(&e.interval)),
        ),
        error_adjusted: c.error.as_ref().map_or_else(|| numbers::NONE.to_owned(), p),
    }
}

/// The smallest difference worth a word, as a share: `10 % or more`.
fn percent_of_smallest() -> String {
    format!("{:.0} % or more", 100.0 * (SMALLEST_EFFECT - 1.0))
}

fn range(interval: &Interval) -> String {
    format!("{} to {}", short(interval.low), short(interval.high))
}
