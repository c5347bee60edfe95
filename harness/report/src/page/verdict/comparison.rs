//! Who is flatter than the baseline, and whether flatter recovered better, with tests.

use flatbench_records::Init;

use super::{NAMED, Sentence, named, range};
use crate::data::{Comparison, Finding, Sharpness};
use crate::numbers::{self, count, short, times};
use crate::study::Study;

/// Why nothing, or nothing more, can be said.
pub(super) fn unresolvable(study: &Study, base: &str, comparisons: &[Comparison]) -> Option<Sentence> {
    let few = comparisons.iter().map(|c| c.pairs).max().unwrap_or(0);
    let reason = if study.optimizers.len() < 2 {
        format!("Only {base} was run; a comparison needs a second optimizer.")
    } else if comparisons.is_empty() {
        format!("No optimizer shares a completed instance with the baseline {base}, so nothing can be compared.")
    } else if few < 6 {
        let pairs = count(few, "pair", "pairs");
        format!("With {pairs} at most, no paired test can resolve anything; run more repetitions or cases.")
    } else {
        return None;
    };
    Some(("note", reason))
}

pub(super) fn flatness(study: &Study, base: &str, init: Init, mut comparisons: Vec<&Comparison>) -> Option<Sentence> {
    comparisons.sort_by(|a, b| a.ratio.estimate.total_cmp(&b.ratio.estimate));
    let say = |finding: Finding, lead: String| {
        let all: Vec<&&Comparison> = comparisons.iter().filter(|c| c.finding() == finding).collect();
        let mut words: Vec<String> =
            all.iter().take(NAMED).map(|c| format!("{} ({})", named(study, c.optimizer), against(c))).collect();
        if all.len() > NAMED {
            words.push(format!("{} more", all.len() - NAMED));
        }
        (!words.is_empty()).then(|| format!("{lead} {}", numbers::list(&words)))
    };
    let parts: Vec<String> = [
        say(Finding::Flatter, "flatter minima:".to_owned()),
        say(Finding::LessFlat, "less flat minima:".to_owned()),
        say(Finding::NotResolved, "not resolved:".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let any = |finding: Finding| comparisons.iter().any(|c| c.finding() == finding);
    let kind = match (any(Finding::Flatter), any(Finding::LessFlat)) {
        (true, _) => "good",
        (false, true) => "bad",
        _ => "note",
    };
    let lead = format!("Against {base} on the same instances, from a {} start", init.name());
    (!parts.is_empty()).then(|| (kind, format!("{lead}, {}.", parts.join("; "))))
}

/// `tr H 8.03 times lower, 6.58 to 8.06`: ratio and interval, turned so that a reader need not divide.
fn against(c: &Comparison) -> String {
    let lower = c.ratio.high < 0.9;
    let (low, high) = if lower { (1.0 / c.ratio.high, 1.0 / c.ratio.low) } else { (c.ratio.low, c.ratio.high) };
    if lower || c.ratio.low > 1.1 {
        format!("tr H {}, 95 % interval {} to {}", times(c.ratio.estimate), short(low), short(high))
    } else {
        format!("ratio {} of tr H, 95 % interval {}", short(c.ratio.estimate), range(&c.ratio))
    }
}

pub(super) fn recovery(
    study: &Study,
    base: &str,
    comparisons: &[Comparison],
    sharpness: &[Sharpness],
) -> Vec<Sentence> {
    let mut out = Vec::new();
    for init in Init::ALL {
        let found = |c: &&Comparison| c.init == init && c.finding() == Finding::Flatter;
        let flatter: Vec<&Comparison> = comparisons.iter().filter(found).collect();
        if flatter.is_empty() {
            continue;
        }
        let from = format!("From a {} start", init.name());
        let better = |c: &&&Comparison| c.error_ratio.is_some_and(|e| e.high < 1.0);
        let yes: Vec<String> = flatter.iter().filter(better).take(NAMED).map(|c| named(study, c.optimizer)).collect();
        let no: Vec<String> =
            flatter.iter().filter(|c| !better(c)).take(NAMED).map(|c| named(study, c.optimizer)).collect();
        let sentence = match (yes.is_empty(), no.is_empty()) {
            (false, true) => format!(
                "{from}, flatter recovered better: {} also ended nearer the truth than {base} on paired instances.",
                numbers::list(&yes)
            ),
            (false, false) => format!(
                "{from}, of the flatter ones {} ended nearer the truth than {base}; for {} that is not resolved.",
                numbers::list(&yes),
                numbers::list(&no)
            ),
            _ => format!(
                "{from}, whether the flatter ones ({}) recovered better than {base} is not resolved.",
                numbers::list(&no)
            ),
        };
        out.push((if yes.is_empty() { "note" } else { "good" }, sentence));
    }
    if let Some(trace) = sharpness.iter().find(|s| s.name == "tr H") {
        let w = &trace.within;
        let kind = match (w.p < 0.05, w.correlation.estimate > 0.0) {
            (true, true) => ("good", "flatter went with better recovery"),
            (true, false) => ("bad", "flatter went with worse recovery"),
            _ => ("note", "a connection between flatness and recovery is not resolved"),
        };
        let mut sentence = format!(
            "Inside cases, {}: rank correlation of tr H with the relative error {} (95 % interval {}, permutation p {}, {} in {}).",
            kind.1,
            short(w.correlation.estimate),
            range(&w.correlation),
            short(w.p),
            count(w.pairs, "run", "runs"),
            count(w.cases, "panel", "panels")
        );
        if trace.reverses() {
            sentence.push_str(" With all cases mixed the sign turns around: do not pool them.");
        }
        out.push((kind.0, sentence));
    }
    out
}
