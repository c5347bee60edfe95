//! What the runs at hand let a reader conclude, and what they do not: from counts, not from opinions.

use std::collections::BTreeSet;

use flatbench_records::Quality;

use super::{NAMED, named};
use crate::data::{Comparison, Finding, SMALLEST_EFFECT};
use crate::numbers::{self, count, share};
use crate::study::{Panel, Study};

/// Sentences of one of the two.
type Sentences = Vec<String>;

/// What may be concluded, and what may not.
pub(super) fn conclusions(study: &Study, base: &str, comparisons: &[Comparison]) -> (Sentences, Sentences) {
    if !study.runs.iter().any(|run| run.compared) {
        return (Vec::new(), Vec::new());
    }
    let may = [how_far(study), differences(study, base, comparisons), bought(study), Some(repeated())];
    let may_not = [
        elsewhere(study),
        equality(comparisons),
        uncertain(study),
        not_the_truth(study),
        best(study),
        at_no_minimum(study),
    ];
    (may.into_iter().flatten().collect(), may_not.into_iter().flatten().collect())
}

fn cases<'s>(study: &'s Study, keep: impl Fn(usize, &Panel) -> bool) -> BTreeSet<&'s str> {
    let panels = study.panels.iter().enumerate().filter(|(index, panel)| keep(*index, panel));
    panels.map(|(_, panel)| panel.case.as_str()).collect()
}

fn names(cases: &BTreeSet<&str>) -> String {
    let mut names: Vec<String> = cases.iter().take(NAMED).map(|case| (*case).to_owned()).collect();
    if cases.len() > NAMED {
        names.push(format!("{} more", cases.len() - NAMED));
    }
    numbers::list(&names)
}

/// Where excess flatness is a distance and no estimate of one.
fn how_far(study: &Study) -> Option<String> {
    let known = cases(study, |_, panel| panel.quality == Some(Quality::Minimum) && !panel.control);
    let all = cases(study, |_, panel| !panel.control);
    (!known.is_empty() && study.has_minima()).then(|| {
        format!(
            "How far each minimum that was reached is from the flattest one that exists, which is certified {}.",
            match known.len() {
                every if every == all.len() => format!("on {}", share(every, every, "case", "cases")),
                some => format!("on {some} of {}", count(all.len(), "case", "cases")),
            }
        )
    })
}

/// Which differences to the baseline are there, whatever their cause.
fn differences(study: &Study, base: &str, comparisons: &[Comparison]) -> Option<String> {
    let resolved = |c: &&Comparison| matches!(c.finding(), Finding::Lower | Finding::Higher);
    let differing: BTreeSet<usize> = comparisons.iter().filter(resolved).map(|c| c.optimizer).collect();
    let mut words: Vec<String> = differing.iter().take(NAMED).map(|optimizer| named(study, *optimizer)).collect();
    words.extend(differing.len().checked_sub(NAMED).filter(|more| *more > 0).map(|more| format!("{more} more")));
    let percent = 100.0 * (SMALLEST_EFFECT - 1.0);
    (!differing.is_empty()).then(|| {
        format!(
            "That {} end at other flatness than {base}, by {percent:.0} % or more, on the cases and in the settings of this page: more than \
             chance makes of so many comparisons (p < 0.05 after Holm).",
            numbers::list(&words)
        )
    })
}

/// Where flatness and recovery can be held against each other: the flattest minimum is the truth on every draw, and several optimizers
/// reached minima.
fn bought(study: &Study) -> Option<String> {
    let is_truth = |index: usize, panel: &Panel| {
        let mut known = study.in_panel(index).filter_map(|run| run.flattest_is_truth()).peekable();
        let arrived: BTreeSet<usize> =
            study.in_panel(index).filter(|run| run.is_at_minimum()).map(|run| run.optimizer).collect();
        panel.truth && !panel.control && arrived.len() > 1 && known.peek().is_some() && known.all(|is_truth| is_truth)
    };
    let known = cases(study, is_truth);
    (!known.is_empty() && study.has_minima()).then(|| {
        format!(
            "Whether flatness bought recovery {}: there the flattest minimum is the truth.",
            on(known.len(), "case", "cases")
        )
    })
}

fn on(number: usize, one: &str, many: &str) -> String {
    format!("on {}", count(number, one, many))
}

fn repeated() -> String {
    "Any number of a run but its seconds: the command in its row repeats it to the last bit.".to_owned()
}

fn elsewhere(study: &Study) -> Option<String> {
    let compared = || study.compared().filter_map(|run| Some((run.record, run.record.dimensions.as_ref()?)));
    let parameters = compared().map(|(_, size)| size.parameters).max()?;
    let measurements = compared().map(|(_, size)| size.measurements).max()?;
    let instances: BTreeSet<(&str, u64)> =
        compared().map(|(record, _)| (record.case.as_str(), record.instance_seed)).collect();
    Some(format!(
        "Anything about other problems, sizes or budgets: these are {} with at most {parameters} parameters and {measurements} measurements.",
        count(instances.len(), "instance", "instances")
    ))
}

/// Not seeing a difference is not seeing that there is none.
fn equality(comparisons: &[Comparison]) -> Option<String> {
    let open = comparisons.iter().filter(|c| c.finding() == Finding::NotResolved).count();
    (open > 0).then(|| {
        format!(
            "That optimizers are alike where the table says “too few runs to tell” ({} of {} comparisons of flatness); only “alike” says so.",
            open,
            comparisons.len()
        )
    })
}

fn uncertain(study: &Study) -> Option<String> {
    let unknown = cases(study, |_, panel| panel.quality != Some(Quality::Minimum) && !panel.control && panel.minima);
    (!unknown.is_empty()).then(|| {
        format!(
            "How far from the flattest minimum runs ended on {}: it is not known there, or not certified.",
            names(&unknown)
        )
    })
}

fn not_the_truth(study: &Study) -> Option<String> {
    let another = cases(study, |index, panel| {
        let mut known = study.in_panel(index).filter_map(|run| run.flattest_is_truth()).peekable();
        panel.truth && known.peek().is_some() && known.all(|is_truth| !is_truth)
    });
    (!another.is_empty()).then(|| {
        format!("That flatter is nearer the truth on {}: there the flattest minimum is not the truth.", names(&another))
    })
}

/// How settings came about decides what a place in the table means.
fn best(study: &Study) -> Option<String> {
    if study.optimizers.len() < 2 {
        return None;
    }
    let untuned = cases(study, |_, panel| !panel.tuned);
    if study.truth_chose {
        return Some("How an optimizer does in the hands of a user: its settings were chosen by the truth.".to_owned());
    }
    (!untuned.is_empty()).then(|| {
        let which = if untuned.len() == cases(study, |_, _| true).len() {
            String::new()
        } else {
            format!(" on {}", names(&untuned))
        };
        format!(
            "Which optimizer is best at its best{which}: settings were given there, and none was chosen by these runs."
        )
    })
}

fn at_no_minimum(study: &Study) -> Option<String> {
    let completed = || study.compared().filter(|run| run.counts() && !study.panels[run.panel].control);
    let (without, all) = (completed().filter(|run| !run.is_at_minimum()).count(), completed().count());
    (without > 0 && study.has_minima()).then(|| {
        format!("How flat the minima are that {without} of {all} runs were on their way to: they reached none.")
    })
}
