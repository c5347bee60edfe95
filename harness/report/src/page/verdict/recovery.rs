//! Whether flatter recovered better, and how much of recovery hangs on what counts as it.

use flatbench_records::Init;

use super::{NAMED, Sentence, TOO_FEW, named, range};
use crate::data::{Comparison, Finding, Recovery, Sharpness};
use crate::figures::hinge;
use crate::numbers::{self, count, short};
use crate::statistics::Within;
use crate::study::Study;

pub(super) fn of_flatter(study: &Study, base: &str, comparisons: &[Comparison]) -> Vec<Sentence> {
    let mut out = Vec::new();
    for init in Init::ALL {
        let found = |c: &&Comparison| c.init == init && c.finding() == Finding::Lower;
        let flatter: Vec<&Comparison> = comparisons.iter().filter(found).collect();
        if flatter.is_empty() {
            continue;
        }
        let from = format!("From a {} start", init.name());
        let better = |c: &&&Comparison| c.error.is_some_and(|error| error.finding() == Finding::Lower);
        let yes: Vec<String> = flatter.iter().filter(better).take(NAMED).map(|c| named(study, c.optimizer)).collect();
        let no: Vec<String> =
            flatter.iter().filter(|c| !better(c)).take(NAMED).map(|c| named(study, c.optimizer)).collect();
        let sentence = match (yes.is_empty(), no.is_empty()) {
            (false, true) => format!(
                "{from}, flatter recovered better: {} also ended nearer the truth than {base} on paired instances.",
                numbers::list(&yes)
            ),
            (false, false) => format!(
                "{from}, of the flatter ones {} ended nearer the truth than {base}; for {} there are {TOO_FEW}.",
                numbers::list(&yes),
                numbers::list(&no)
            ),
            _ => format!(
                "{from}, there are {TOO_FEW} whether the flatter ones ({}) recovered better than {base}.",
                numbers::list(&no)
            ),
        };
        out.push((if yes.is_empty() { "note" } else { "good" }, sentence));
    }
    out
}

/// How tr H goes with the relative error: between optimizers, within them, and through the solution or the factorization.
pub(super) fn correlation(sharpness: &[Sharpness]) -> Option<Sentence> {
    let trace = sharpness.iter().find(|s| s.name == "tr H")?;
    let inside = &trace.in_cases;
    let (low, high) = (inside.correlation.low, inside.correlation.high);
    let (kind, words) = match () {
        () if low > 0.0 => ("good", "flatter went with better recovery"),
        () if high < 0.0 => ("bad", "flatter went with worse recovery"),
        () => ("note", "there are too few runs to tell whether flatter went with better recovery"),
    };
    let mut sentence = format!(
        "Inside cases, {words}: rank correlation of tr H with the relative error {} ({} in {}; instances and optimizers \
         resampled).",
        said(inside),
        count(inside.pairs, "run", "runs"),
        count(inside.groups, "panel", "panels")
    );
    if let Some(own) = &trace.in_optimizers {
        let runs = "Among the runs of one optimizer on one case";
        sentence.push_str(&match own.correlation {
            c if c.low > 0.0 => format!(" {runs} it is {}.", said(own)),
            c if c.high < 0.0 => format!(" {runs} it is {}: the other way round.", said(own)),
            _ => format!(" {runs} it is {}: {TOO_FEW}, so that the connection is one between optimizers.", said(own)),
        });
    }
    if let Some(balance) = sharpness.iter().find(|s| s.name == "balance gap") {
        let own =
            balance.in_optimizers.as_ref().map_or_else(String::new, |w| format!(", within optimizers {}", said(w)));
        sentence
            .push_str(&format!(" Of tr H over the least trace of the same X it is {}{own}.", said(&balance.in_cases)));
    }
    if trace.reverses() {
        sentence.push_str(" With all cases mixed the sign turns around: do not pool them.");
    }
    Some((kind, sentence))
}

fn said(within: &Within) -> String {
    format!("{} (interval {})", short(within.correlation.estimate), range(&within.correlation))
}

/// Where another threshold would tell another story.
pub(super) fn threshold(study: &Study, recoveries: &[Recovery]) -> Vec<Sentence> {
    let apart = recoveries.iter().any(|r| r.tuned != recoveries[0].tuned);
    let said = |recovery: &Recovery| {
        let words: Vec<String> = recovery.curves.iter().filter_map(|curve| hinge(study, curve)).take(NAMED).collect();
        let cases = match (apart, recovery.tuned) {
            (false, _) => "",
            (true, true) => " on tuned cases",
            (true, false) => " on untuned cases",
        };
        let lead = format!("From a {} start{cases}, what counts as recovered decides", recovery.init.name());
        (!words.is_empty()).then(|| ("warning", format!("{lead}: {}.", numbers::list(&words))))
    };
    recoveries.iter().filter_map(said).collect()
}
