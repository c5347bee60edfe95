//! What the certified references say by themselves: where flattest is not the truth, and where it is not norm-minimal.

use std::collections::{BTreeMap, BTreeSet};

use super::{NAMED, Sentence, named};
use crate::data::stem;
use crate::numbers::{self, count, median, multiple, optional, short};
use crate::study::{End, Measure, Panel, Run, Study};

/// Relative error above which a reference is said not to be the truth.
const AWAY: f64 = 1e-2;

/// Cases in which the certified flattest minimum is not the truth.
pub(super) fn apart(study: &Study) -> Vec<Sentence> {
    by_series(study).into_iter().filter_map(|(case, panels)| apart_in(study, &case, &panels)).collect()
}

fn apart_in(study: &Study, case: &str, panels: &[usize]) -> Option<Sentence> {
    let mut references = BTreeMap::new();
    let mut truths = BTreeMap::new();
    let mut ends: BTreeMap<usize, Vec<(&Run, f64)>> = BTreeMap::new();
    for run in panels.iter().flat_map(|p| study.in_panel(*p)) {
        let Some(flat) = run.record.result.reference.flat.as_ref().filter(|f| f.is_minimum()) else { continue };
        let Some(error) = flat.relative_error.filter(|e| e.is_finite()) else { continue };
        references.insert(run.record.instance_seed, error);
        if error > AWAY {
            if let Some(floor) = run.record.result.reference.truth_floor {
                truths.insert(run.record.instance_seed, floor / flat.hessian_trace);
            }
            ends.entry(run.optimizer).or_default().push((run, error));
        }
    }
    let away: Vec<f64> = references.values().copied().filter(|e| *e > AWAY).collect();
    if away.is_empty() {
        return None;
    }
    let truth = span(truths.values().copied().filter(|t| t.is_finite()), multiple)
        .map_or_else(String::new, |t| format!(", while the truth has excess flatness {t}"));
    let mut nearer: Vec<(f64, String)> = Vec::new();
    for (optimizer, runs) in ends {
        let closer: Vec<&Run> = runs
            .iter()
            .filter(|(run, error)| run.limit().is_some() && run.error(End::Limit).is_some_and(|own| own < 0.5 * error))
            .map(|(run, _)| *run)
            .collect();
        // One lucky run in many is no tendency.
        if 2 * closer.len() < runs.len() {
            continue;
        }
        let error = median(closer.iter().filter_map(|r| r.error(End::Limit)));
        let excess = median(closer.iter().filter_map(|r| r.flatness(Measure::Excess, End::Limit)));
        let height = excess.map_or_else(|| numbers::NONE.to_owned(), multiple);
        let words = format!(
            "{} in {} of {} runs (median error {}, excess flatness {height})",
            named(study, optimizer),
            closer.len(),
            runs.len(),
            optional(error)
        );
        nearer.push((error.unwrap_or(f64::INFINITY), words));
    }
    nearer.sort_by(|a, b| a.0.total_cmp(&b.0));
    let words: Vec<String> = nearer.into_iter().take(NAMED).map(|n| n.1).collect();
    let tail = if words.is_empty() {
        "No optimizer came nearer to the truth than half of that distance in most of its runs.".to_owned()
    } else {
        format!("These ended nearer to the truth than half of that distance: {}.", numbers::list(&words))
    };
    let range = span(away.iter().copied(), short).unwrap_or_default();
    let instances = match references.len() {
        1 => "its one instance".to_owned(),
        all => format!("{} of {}", away.len(), count(all, "instance", "instances")),
    };
    Some((
        "warning",
        format!(
            "In {case} flatness and recovery part ways: in {instances} the certified flattest minimum is itself not the \
             truth (relative error {range}){truth}. {tail}"
        ),
    ))
}

/// Whether the flattest minimum of a run's instance is certified, and is the truth.
fn is_certified_truth(run: &Run) -> bool {
    let certified = run.record.result.reference.flat.as_ref().is_some_and(|flat| flat.is_minimum());
    certified && run.flattest_is_truth() == Some(true)
}

/// `a`, or `a to b`.
fn span(values: impl Iterator<Item = f64>, say: fn(f64) -> String) -> Option<String> {
    let (low, high) = values.fold(None, |ends, v| match ends {
        None => Some((v, v)),
        Some((l, h)) => Some((f64::min(l, v), f64::max(h, v))),
    })?;
    let (low, high) = (say(low), say(high));
    Some(if low == high { low } else { format!("{low} to {high}") })
}

/// Cases in which the flattest minimum is the truth and the norm-minimal solution is not.
pub(super) fn norm(study: &Study) -> Option<Sentence> {
    let mut words = Vec::new();
    for (case, panels) in by_series(study) {
        let mut seen = BTreeMap::new();
        for run in panels.iter().flat_map(|p| study.in_panel(*p)).filter(|r| is_certified_truth(r)) {
            let reference = &run.record.result.reference;
            let (Some(norm), Some(flat)) = (&reference.norm_minimal, &reference.flat) else { continue };
            if let Some(error) = norm.relative_error.filter(|e| e.is_finite()) {
                seen.insert(run.record.instance_seed, (error, norm.hessian_trace / flat.hessian_trace));
            }
        }
        let away: Vec<(f64, f64)> = seen.values().copied().filter(|(error, _)| *error > AWAY).collect();
        if !away.is_empty() {
            let errors = span(away.iter().map(|a| a.0), short).unwrap_or_default();
            let heights = span(away.iter().map(|a| a.1), multiple).unwrap_or_default();
            let instances = count(seen.len(), "instance", "instances");
            words.push(format!(
                "in {} of {instances} of {case} (relative error {errors}, excess flatness {heights})",
                away.len()
            ));
        }
    }
    let cases = numbers::list(&words);
    (!words.is_empty()).then(|| {
        (
            "note",
            format!("Flattest is not norm-minimal: the flattest minimum is the truth and the solution of smallest norm is not {cases}."),
        )
    })
}

/// Cases with their panels; cases of one series, whose names differ in their numbers alone, together.
fn by_series(study: &Study) -> Vec<(String, Vec<usize>)> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    for (index, panel) in study.panels.iter().enumerate().filter(|(_, p)| !p.control) {
        let place = |p: &Panel| (p.suite.clone(), stem(&p.case));
        match out.last_mut() {
            Some(panels) if place(&study.panels[panels[0]]) == place(panel) => panels.push(index),
            _ => out.push(vec![index]),
        }
    }
    out.into_iter().map(|panels| (series_name(study, &panels), panels)).collect()
}

/// The name of a case, or those of a series with * in the place of what differs.
fn series_name(study: &Study, panels: &[usize]) -> String {
    let names: BTreeSet<&str> = panels.iter().map(|p| study.panels[*p].case.as_str()).collect();
    let first = study.panels[panels[0]].case.as_str();
    if names.len() == 1 {
        return first.to_owned();
    }
    let pattern: Vec<&str> = first.split(|c: char| c.is_ascii_digit() || c == '.').collect();
    let mut pattern = pattern.join("*");
    while pattern.contains("**") {
        pattern = pattern.replace("**", "*");
    }
    format!("the {} cases {pattern}", names.len())
}
