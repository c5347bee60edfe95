//! What happened where theory allows no difference in flatness.

use super::{NAMED, Sentence, named};
use crate::data;
use crate::numbers::{self, short};
use crate::study::Study;

/// Where tr H agreed, for the headline; or the warning that it did not.
pub(super) fn flatness(study: &Study) -> Option<Sentence> {
    let comparisons = data::controls(study);
    if comparisons.is_empty() {
        return None;
    }
    let low = comparisons.iter().map(|c| c.least).fold(f64::INFINITY, f64::min);
    let high = comparisons.iter().map(|c| c.greatest).fold(0.0, f64::max);
    let which = place(study);
    let deviation = (low - 1.0).abs().max((high - 1.0).abs());
    Some(if deviation < 1e-3 {
        let bound = bound(deviation);
        ("good", format!("On {which} tr H agreed, as theory demands, within {bound}."))
    } else {
        let (low, high) = (short(low), short(high));
        (
            "warning",
            format!(
                "On {which} ratios of tr H run from {low} to {high}, though every zero-loss point there has the same trace: runs ended short of zero loss, or something is wrong."
            ),
        )
    })
}

/// What flatness cannot explain: recoveries that differ where it is the same.
pub(super) fn recovery(study: &Study) -> Option<Sentence> {
    let counts = data::on_controls(study);
    let share = |(recovered, runs): &(usize, usize)| *recovered as f64 / (*runs).max(1) as f64;
    let shares = || counts.values().map(share);
    let (least, most) = shares().fold((f64::INFINITY, 0.0), |(low, high), s| (f64::min(low, s), f64::max(high, s)));
    if least >= most {
        return None;
    }
    let mut some: Vec<(usize, (usize, usize))> =
        counts.iter().filter(|(_, c)| c.0 > 0).map(|(o, c)| (*o, *c)).collect();
    some.sort_by(|a, b| share(&b.1).total_cmp(&share(&a.1)));
    let words: Vec<String> = some
        .iter()
        .take(NAMED)
        .map(|(optimizer, (recovered, runs))| format!("{} in {recovered} of {runs} runs", named(study, *optimizer)))
        .collect();
    let rest: Vec<&(usize, usize)> = counts.values().filter(|c| c.0 == 0).collect();
    let none = match rest.as_slice() {
        [] => String::new(),
        [(_, runs)] => format!(", the other one in none of {runs}"),
        all => format!(", the others in none of {}", all.iter().map(|c| c.1).sum::<usize>()),
    };
    Some((
        "warning",
        format!(
            "A bias that flatness cannot explain: on {}, where every minimum is equally flat, {} recovered the truth{none}.",
            place(study),
            numbers::list(&words)
        ),
    ))
}

fn place(study: &Study) -> String {
    let mut cases: Vec<&str> = study.panels.iter().filter(|p| p.control).map(|p| p.case.as_str()).collect();
    cases.dedup();
    match cases.as_slice() {
        [one] => format!("the control case {one}"),
        many => format!("the {} control cases ({})", many.len(), numbers::list(many)),
    }
}

/// A round upper bound of a small deviation.
fn bound(deviation: f64) -> String {
    let exponent = deviation.max(1e-12).log10().ceil();
    format!("1e{exponent:.0}")
}
