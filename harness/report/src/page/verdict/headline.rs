//! Who found the flattest minimum that exists, and did it recover the truth there?

use flatbench_records::Init;

use super::{NAMED, Sentence, named};
use crate::data::{self, CaseStanding, Standing};
use crate::numbers::{self, multiple, share, short};
use crate::study::Study;

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
    let height = |s: &Standing| s.excess(|_| true);
    let is_stuck = |s: &Standing| s.reached() == 0 && s.recovered() == 0 && height(s).is_some_and(|e| e >= NEAR);
    let (lost, placed): (Vec<&Standing>, Vec<&Standing>) = standings.iter().partition(|s| height(s).is_none());
    let (stuck, near): (Vec<&Standing>, Vec<&Standing>) = placed.into_iter().partition(|s| is_stuck(s));
    let (near, stuck) = (&near[..near.len().min(ONE_BY_ONE)], &stuck[..stuck.len().min(ONE_BY_ONE)]);
    let lost = &lost[..lost.len().min(ONE_BY_ONE)];
    let mut parts: Vec<String> = near
        .iter()
        .enumerate()
        .map(|(index, s)| if s.reached() > 0 { reached(&name(s), s, index == 0) } else { fell_short(&name(s), s) })
        .collect();
    let names = |all: &[&Standing]| numbers::list(&all.iter().map(name).collect::<Vec<_>>());
    if !stuck.is_empty() {
        let heights: Vec<String> = stuck.iter().filter_map(|s| height(s)).map(multiple).collect();
        parts.push(format!("{} stopped at {} and did not recover", names(stuck), numbers::list(&heights)));
    }
    if !lost.is_empty() {
        let have = if lost.len() == 1 { "has" } else { "have" };
        let recovered = if lost.iter().all(|s| s.recovered() == 0) { " and did not recover" } else { "" };
        parts.push(format!("{} {have} no limit point{recovered}", names(lost)));
    }
    let unnamed = standings.len() - near.len() - stuck.len() - lost.len();
    if unnamed > 0 {
        parts.push(format!("the tables below have {unnamed} more"));
    }
    let kind = if standings.iter().any(|s| s.reached() > 0) { "good" } else { "note" };
    Some((kind, format!("From a {} start: {}.", init.name(), parts.join("; "))))
}

fn reached(name: &str, s: &Standing, first: bool) -> String {
    let cases = share(s.reached(), s.cases.len(), "case", "cases");
    let what = if first { "the flattest minimum that exists" } else { "it" };
    let height = s
        .excess(CaseStanding::is_reached)
        .map_or_else(String::new, |e| format!(" ({}{})", if first { "excess flatness " } else { "" }, multiple(e)));
    let rest = match s.excess(|c| !c.is_reached()) {
        Some(e) if s.reached() < s.cases.len() => format!(", {} on the others,", multiple(e)),
        _ => String::new(),
    };
    format!("{name} reached {what} on {cases}{height}{rest} and {}", recovered(s))
}

fn fell_short(name: &str, s: &Standing) -> String {
    let height = s.excess(|_| true).unwrap_or(f64::INFINITY);
    let how = if height < NEAR { "came within" } else { "stopped at" };
    format!("{name} {how} {} and {}", multiple(height), recovered(s))
}

fn recovered(s: &Standing) -> String {
    match (s.recovered(), s.runs()) {
        (0, _) => "did not recover".to_owned(),
        (some, all) => {
            let runs = share(some, all, "run", "runs");
            // How well is worth a word where it holds of every run.
            let error = s.worst_recovered().filter(|_| some == all);
            let error = error.map_or_else(String::new, |e| format!(", to {} or better", short(e)));
            format!("recovered the truth in {runs}{error}")
        }
    }
}

/// On what the sentences above are not based, and why.
pub(super) fn left_out(study: &Study) -> Option<String> {
    let mut words: Vec<String> =
        data::left_out(study).into_iter().take(NAMED + 1).map(|(case, reason)| format!("{case}: {reason}")).collect();
    if words.len() > NAMED {
        words[NAMED] = "and more".to_owned();
    }
    (!words.is_empty()).then(|| {
        let lead = "Reaching (a limit point within 1 % of the least trace) and recovering are counted on instances whose flattest minimum is certified and is the truth \
                    (relative error at most 1e-6). Left out, each for its reason";
        format!("{lead}: {}.", words.join("; "))
    })
}
