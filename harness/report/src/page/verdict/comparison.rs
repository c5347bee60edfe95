//! Who is flatter than the baseline, with tests.

use flatbench_records::Init;

use super::{NAMED, Sentence, TOO_FEW, named, percent_of_smallest, range};
use crate::data::{Comparison, Finding, Ratio};
use crate::numbers::{self, count, short, times};
use crate::study::Study;

/// Why nothing, or nothing more, can be said.
pub(super) fn unresolvable(study: &Study, base: &str, comparisons: &[Comparison]) -> Option<Sentence> {
    let most = comparisons.iter().map(|c| c.trace.pairs).max().unwrap_or(0);
    let tests = comparisons.len() + comparisons.iter().filter(|c| c.error.is_some()).count();
    // The least p value that so many pairs can give, before it is adjusted for as many tests.
    let least = |pairs: usize| 2.0 * 0.5_f64.powi(pairs.min(1000) as i32) * tests as f64;
    let reason = if study.optimizers.len() < 2 {
        format!("Only {base} was run; a comparison needs a second optimizer.")
    } else if comparisons.is_empty() {
        format!(
            "No optimizer shares an instance with the baseline {base} on which both reached a minimum, so no flatness can be compared."
        )
    } else if least(most) >= 0.05 {
        let needed = (most..).find(|pairs| least(*pairs) < 0.05).unwrap_or(most);
        let pairs = count(most, "pair", "pairs");
        format!(
            "With {pairs} at most, none of {} can resolve anything: it takes {needed}; run more repetitions or cases.",
            count(tests, "paired test", "paired tests")
        )
    } else {
        return None;
    };
    Some(("note", reason))
}

pub(super) fn flatness(study: &Study, base: &str, init: Init, mut comparisons: Vec<&Comparison>) -> Option<Sentence> {
    let estimate = |c: &Comparison| c.trace.interval.estimate;
    // What was run here is named wherever it stands.
    let archived = |c: &Comparison| study.has_archived() && study.is_archived(c.optimizer);
    comparisons.sort_by(|a, b| archived(a).cmp(&archived(b)).then(estimate(a).total_cmp(&estimate(b))));
    let say = |finding: Finding, lead: String| {
        let all: Vec<&&Comparison> = comparisons.iter().filter(|c| c.finding() == finding).collect();
        let mut words: Vec<String> =
            all.iter().take(NAMED).map(|c| format!("{} ({})", named(study, c.optimizer), against(&c.trace))).collect();
        if all.len() > NAMED {
            words.push(format!("{} more", all.len() - NAMED));
        }
        (!words.is_empty()).then(|| format!("{lead} {}", numbers::list(&words)))
    };
    let parts: Vec<String> = [
        say(Finding::Lower, "flatter minima:".to_owned()),
        say(Finding::Higher, "less flat minima:".to_owned()),
        say(Finding::Alike, format!("no difference of {}:", percent_of_smallest())),
        say(Finding::NotResolved, format!("{TOO_FEW}:")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let any = |finding: Finding| comparisons.iter().any(|c| c.finding() == finding);
    let kind = match (any(Finding::Lower), any(Finding::Higher)) {
        (true, _) => "good",
        (false, true) => "bad",
        _ => "note",
    };
    let lead = format!("Against {base} on the same instances, from a {} start", init.name());
    (!parts.is_empty()).then(|| (kind, format!("{lead}, {}.", parts.join("; "))))
}

/// `tr H 8.03 times lower, 6.58 to 8.06`: ratio and interval, turned so that a reader need not divide.
fn against(ratio: &Ratio) -> String {
    let i = &ratio.interval;
    let lower = i.high < 0.9;
    let (low, high) = if lower { (1.0 / i.high, 1.0 / i.low) } else { (i.low, i.high) };
    if lower || i.low > 1.1 {
        format!("tr H {}, interval {} to {}", times(i.estimate), short(low), short(high))
    } else {
        format!("ratio {} of tr H, interval {}", short(i.estimate), range(i))
    }
}
