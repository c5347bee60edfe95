//! What happened where theory allows no difference.

use super::Sentence;
use crate::data;
use crate::numbers::{self, short};
use crate::study::Study;

pub(super) fn controls(study: &Study) -> Option<Sentence> {
    let comparisons = data::controls(study);
    if comparisons.is_empty() {
        return None;
    }
    let low = comparisons.iter().map(|c| c.least).fold(f64::INFINITY, f64::min);
    let high = comparisons.iter().map(|c| c.greatest).fold(0.0, f64::max);
    let mut cases: Vec<&str> = study.panels.iter().filter(|p| p.control).map(|p| p.case.as_str()).collect();
    cases.dedup();
    let which = match cases.as_slice() {
        [one] => format!("On the control case {one}"),
        many => format!("On the {} control cases ({})", many.len(), numbers::list(many)),
    };
    let deviation = (low - 1.0).abs().max((high - 1.0).abs());
    Some(if deviation < 1e-3 {
        let bound = bound(deviation);
        (
            "good",
            format!(
                "{which} nothing differed, as theory demands: every ratio of tr H between optimizers is 1 within {bound}."
            ),
        )
    } else {
        let (low, high) = (short(low), short(high));
        (
            "warning",
            format!(
                "{which} ratios of tr H run from {low} to {high}, though every zero-loss point there has the same trace: runs ended short of zero loss, or something is wrong."
            ),
        )
    })
}

/// A round upper bound of a small deviation.
fn bound(deviation: f64) -> String {
    let exponent = deviation.max(1e-12).log10().ceil();
    format!("1e{exponent:.0}")
}
