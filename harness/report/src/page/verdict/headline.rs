//! Who found the flattest minimum that exists, and did it recover the truth there?

use flatbench_records::Init;

use super::{NAMED, Sentence, named};
use crate::data::{self, CaseStanding, Standing};
use crate::numbers::{self, share, short};
use crate::study::{RECOVERED, Study};

/// Optimizers of a kind that a sentence names.
const ONE_BY_ONE: usize = 5;

/// Excess flatness below which an optimizer came near, above which it stopped far away.
const NEAR: f64 = 2.0;

pub(super) fn headline(study: &Study, init: Init) -> Option<Sentence> {
    let standings = data::standings(study, init);
    if standings.is_empty() {
        return None;
    }
    let name = |s: &&Standing| named(study, s.optimizer);
    let certified = standings.iter().flat_map(|s| &s.cases).all(|case| case.certified);
    let is_stuck = |s: &Standing| s.reached() == 0 && s.recovered_nothing() && s.height().is_some_and(|e| e >= NEAR);
    let (lost, placed): (Vec<&Standing>, Vec<&Standing>) = standings.iter().partition(|s| s.height().is_none());
    let (stuck, near): (Vec<&Standing>, Vec<&Standing>) = placed.into_iter().partition(|s| is_stuck(s));
    let (near, stuck) = (&near[..near.len().min(ONE_BY_ONE)], &stuck[..stuck.len().min(ONE_BY_ONE)]);
    let lost = &lost[..lost.len().min(ONE_BY_ONE)];
    let mut parts: Vec<String> = near
        .iter()
        .enumerate()
        .map(
            |(index, s)| {
                if s.reached() > 0 { reached(&name(s), s, index == 0, certified) } else { fell_short(&name(s), s) }
            },
        )
        .collect();
    if !stuck.is_empty() {
        let words = stuck.iter().map(|s| format!("{} ({})", name(s), s.excess(|_| true).unwrap_or_default().words()));
        parts.push(format!("{} stopped short and did not recover", numbers::list(&words.collect::<Vec<_>>())));
    }
    parts.extend(without_minimum(lost, name));
    let unnamed = standings.len() - near.len() - stuck.len() - lost.len();
    if unnamed > 0 {
        parts.push(format!("the tables have {unnamed} more"));
    }
    let kind = if standings.iter().any(|s| s.reached() > 0) { "good" } else { "note" };
    Some((kind, format!("From a {} start: {}.", init.name(), parts.join("; "))))
}

/// Those that reached no minimum at all, together where the same is true of them.
fn without_minimum(lost: &[&Standing], name: impl Fn(&&Standing) -> String) -> Vec<String> {
    let mut kinds: Vec<(String, String, Vec<String>)> = Vec::new();
    for s in lost {
        let recovered = if s.recovered_nothing() { String::new() } else { format!(" and {}", recovered(s)) };
        let why = s.reasons().words(s.all_runs());
        match kinds.iter_mut().find(|kind| (&kind.0, &kind.1) == (&why, &recovered)) {
            Some((_, _, names)) => names.push(name(s)),
            None => kinds.push((why, recovered, vec![name(s)])),
        }
    }
    let said = |(why, recovered, names): &(String, String, Vec<String>)| {
        let each = if names.len() > 1 { " each" } else { "" };
        let why = if why.is_empty() { String::new() } else { format!(" ({why}{each})") };
        format!("{} reached no minimum{why}{recovered}", numbers::list(names))
    };
    kinds.iter().map(said).collect()
}

fn reached(name: &str, s: &Standing, first: bool, certified: bool) -> String {
    let cases = share(s.reached(), s.cases.len(), "case", "cases");
    let what = match (first, certified) {
        (true, true) => "the flattest minimum that exists",
        (true, false) => "the flattest minimum known",
        (false, _) => "it",
    };
    let height = s
        .excess(CaseStanding::is_reached)
        .map_or_else(String::new, |e| format!(" ({}{})", if first { "excess flatness " } else { "" }, e.words()));
    let rest = match s.excess(|c| !c.is_reached()) {
        Some(e) if s.reached() < s.cases.len() => format!(", {} on the others,", e.words()),
        _ => String::new(),
    };
    format!("{name} reached {what} on {cases}{height}{rest} and {}", recovered(s))
}

fn fell_short(name: &str, s: &Standing) -> String {
    let height = s.height().unwrap_or(f64::INFINITY);
    let how = if height < NEAR { "came within" } else { "stopped at" };
    format!("{name} {how} {} and {}", s.excess(|_| true).unwrap_or_default().words(), recovered(s))
}

/// How often and how well, tuned and untuned cases apart unless the same is true of both.
fn recovered(s: &Standing) -> String {
    let counts = [true, false].map(|tuned| (s.recovered(tuned, RECOVERED), s.runs(tuned)));
    let [tuned, untuned] = counts;
    let (some, all) = (tuned.0 + untuned.0, tuned.1 + untuned.1);
    if some == 0 {
        return "did not recover".to_owned();
    }
    if some == all || tuned.1 == 0 || untuned.1 == 0 {
        let runs = share(some, all, "run", "runs");
        // How well is worth a word where it holds of every run.
        let error = s.worst_recovered().filter(|_| some == all);
        let error = error.map_or_else(String::new, |e| format!(", to {} or better", short(e)));
        return format!("recovered the truth in {runs}{error}");
    }
    let [tuned, untuned] = counts.map(|(some, all)| share(some, all, "run", "runs"));
    format!("recovered the truth in {tuned} on tuned cases and in {untuned} on the others")
}

/// On what the sentences above are not based, and why.
pub(super) fn left_out(study: &Study) -> Option<String> {
    let mut words: Vec<String> =
        data::left_out(study).into_iter().take(NAMED + 1).map(|(case, reason)| format!("{case}: {reason}")).collect();
    if words.len() > NAMED {
        words[NAMED] = "and more".to_owned();
    }
    (!words.is_empty()).then(|| {
        let lead = "Reaching (a limit point with at most 1.01 times the trace of the flattest minimum that is known) and recovering are counted on \
                    instances where that minimum is the truth (relative error at most 1e-6). Left out, each for its reason";
        format!("{lead}: {}.", words.join("; "))
    })
}
