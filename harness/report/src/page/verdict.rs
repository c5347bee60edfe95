//! The verdict in words, every number from the records.

use flatbench_records::Init;
use serde::Serialize;

use crate::data::{self, Cell, Comparison, Finding, Sharpness};
use crate::numbers::{self, count, short, times};
use crate::statistics::Interval;
use crate::study::{End, Measure, Study};

/// Sentences that name each optimizer stop here; the table goes on.
const NAMED: usize = 8;

#[derive(Serialize)]
pub(super) struct Verdict {
    /// In the order of importance: (kind for the mark beside it, text).
    sentences: Vec<(&'static str, String)>,
    comparisons: Vec<Row>,
    baseline: String,
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
    error_ratio: String,
    p: String,
    adjusted: String,
}

pub(super) fn verdict(study: &Study, cells: &[Cell], sharpness: &[Sharpness]) -> Verdict {
    let Some(baseline) = study.baseline else {
        let nothing = "There are no records yet, so there is nothing to compare.".to_owned();
        return Verdict { sentences: vec![("note", nothing)], comparisons: Vec::new(), baseline: String::new() };
    };
    let base = study.optimizers[baseline];
    let comparisons = data::comparisons(study, |panel| !study.panels[panel].is_control());
    let mut sentences = Vec::new();
    for init in [Init::Large, Init::Small] {
        let own: Vec<&Comparison> = comparisons.iter().filter(|c| c.init == init).collect();
        sentences.extend(flatness(study, base, init, own));
    }
    sentences.extend(unresolvable(study, base, &comparisons));
    sentences.extend(reach(study));
    sentences.extend(recovery(study, base, &comparisons, sharpness));
    sentences.extend(apart(study));
    sentences.extend(norm(study));
    sentences.extend(controls(study));
    let failed: usize = cells.iter().map(|c| c.failures).sum();
    if failed > 0 {
        let runs = count(failed, "compared run failed and counts", "compared runs failed and count");
        sentences.push(("warning", format!("{runs} as not recovered; see Failures.")));
    }
    let without: usize = cells.iter().map(|c| c.without_limit).sum();
    if without > 0 {
        let runs = count(without, "run has", "runs have");
        sentences.push(("warning", format!("{runs} no limit point; the returned iterate stands in for it.")));
    }
    let sentences = sentences.into_iter().map(|(kind, text)| (kind, numbers::unbroken(&text))).collect();
    let rows = comparisons.iter().map(|c| row(study, c)).collect();
    Verdict { sentences, comparisons: rows, baseline: base.to_owned() }
}

fn row(study: &Study, c: &Comparison) -> Row {
    let p = |p: Option<f64>| p.map_or_else(|| "all tied".to_owned(), short);
    Row {
        optimizer: c.optimizer,
        name: study.optimizers[c.optimizer].to_owned(),
        init: c.init.name(),
        finding: match c.finding() {
            Finding::Flatter => "flatter",
            Finding::LessFlat => "less flat",
            Finding::NotResolved => "not resolved",
        },
        pairs: c.pairs,
        ratio: short(c.ratio.estimate),
        interval: range(&c.ratio),
        error_ratio: c
            .error_ratio
            .map_or_else(|| numbers::NONE.to_owned(), |e| format!("{} ({})", short(e.estimate), range(&e))),
        p: p(c.p),
        adjusted: p(c.adjusted),
    }
}

fn range(interval: &Interval) -> String {
    format!("{} to {}", short(interval.low), short(interval.high))
}

/// Why nothing, or nothing more, can be said.
fn unresolvable(study: &Study, base: &str, comparisons: &[Comparison]) -> Option<(&'static str, String)> {
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

fn flatness(study: &Study, base: &str, init: Init, mut comparisons: Vec<&Comparison>) -> Vec<(&'static str, String)> {
    comparisons.sort_by(|a, b| a.ratio.estimate.total_cmp(&b.ratio.estimate));
    let say = |finding: Finding| {
        let all: Vec<&&Comparison> = comparisons.iter().filter(|c| c.finding() == finding).collect();
        let mut words: Vec<String> = all
            .iter()
            .take(NAMED)
            .map(|c| {
                let name = study.optimizers[c.optimizer];
                format!(
                    "{name} (tr H {}, ratio {} [{}])",
                    times(c.ratio.estimate),
                    short(c.ratio.estimate),
                    range(&c.ratio)
                )
            })
            .collect();
        if all.len() > NAMED {
            words.push(format!("{} more", all.len() - NAMED));
        }
        (!words.is_empty()).then(|| numbers::list(&words))
    };
    let from = format!("From a {} start", init.name());
    let mut out = Vec::new();
    out.extend(say(Finding::Flatter).map(|s| ("good", format!("{from}, flatter minima than {base}: {s}."))));
    out.extend(say(Finding::LessFlat).map(|s| ("bad", format!("{from}, less flat minima than {base}: {s}."))));
    out.extend(say(Finding::NotResolved).map(|s| ("note", format!("{from}, not resolved against {base}: {s}."))));
    out
}

/// Who reaches the certified flattest minimum, where it is the truth.
fn reach(study: &Study) -> Option<(&'static str, String)> {
    let mut by_optimizer = vec![(0, 0, 0, Vec::new()); study.optimizers.len()];
    let mut instances = std::collections::BTreeSet::new();
    let eligible = study.compared().filter(|r| r.counts() && r.flattest_is_truth() == Some(true));
    for run in eligible.filter(|r| !study.panels[r.panel].is_control()) {
        let panel = &study.panels[run.panel];
        instances.insert((&panel.suite, &panel.case, run.record.instance_seed));
        let (runs, reached, recovered, errors) = &mut by_optimizer[run.optimizer];
        *runs += 1;
        *reached += usize::from(run.flatness(Measure::Excess, End::Limit).is_some_and(|e| e <= 1.01));
        *recovered += usize::from(run.recovered(End::Limit));
        errors.extend(run.error(End::Limit));
    }
    if instances.is_empty() {
        return None;
    }
    let mut order: Vec<usize> = (0..by_optimizer.len()).filter(|o| by_optimizer[*o].0 > 0).collect();
    order.sort_by_key(|o| std::cmp::Reverse((by_optimizer[*o].1, by_optimizer[*o].2)));
    let words: Vec<String> = order
        .iter()
        .take(NAMED)
        .map(|o| {
            let (runs, reached, recovered, errors) = &by_optimizer[*o];
            let error = numbers::optional(numbers::median(errors.iter().copied()));
            format!(
                "{} reaches it in {reached} and recovers in {recovered} of {runs} (median error {error})",
                study.optimizers[*o]
            )
        })
        .collect();
    let instances = count(
        instances.len(),
        "instance whose certified flattest minimum is",
        "instances whose certified flattest minimum is",
    );
    let kind = if by_optimizer.iter().any(|o| o.1 > 0) { "good" } else { "note" };
    Some((kind, format!("Runs on the {instances} the truth, reaching it within 1 %: {}.", words.join("; "))))
}

fn recovery(
    study: &Study,
    base: &str,
    comparisons: &[Comparison],
    sharpness: &[Sharpness],
) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for init in [Init::Large, Init::Small] {
        let found = |c: &&Comparison| c.init == init && c.finding() == Finding::Flatter;
        let flatter: Vec<&Comparison> = comparisons.iter().filter(found).collect();
        if flatter.is_empty() {
            continue;
        }
        let from = format!("From a {} start", init.name());
        let better = |c: &&&Comparison| c.error_ratio.is_some_and(|e| e.high < 1.0);
        let yes: Vec<&str> = flatter.iter().filter(better).take(NAMED).map(|c| study.optimizers[c.optimizer]).collect();
        let no: Vec<&str> =
            flatter.iter().filter(|c| !better(c)).take(NAMED).map(|c| study.optimizers[c.optimizer]).collect();
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

/// Cases in which the certified flattest minimum is not the truth.
fn apart(study: &Study) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for (case, panels) in by_case(study) {
        let mut references = std::collections::BTreeMap::new();
        let mut nearer: std::collections::BTreeMap<usize, (usize, usize)> = std::collections::BTreeMap::new();
        for run in panels.iter().flat_map(|p| study.in_panel(*p)) {
            let Some(flat) = run.record.reference.flat.as_ref().filter(|f| f.certified && f.exact) else { continue };
            let Some(error) = flat.relative_error.filter(|e| e.is_finite()) else { continue };
            references.insert(run.record.instance_seed, error);
            if error > 1e-2 {
                let (closer, all) = nearer.entry(run.optimizer).or_default();
                *all += 1;
                *closer += usize::from(run.error(End::Limit).is_some_and(|own| own < 0.5 * error));
            }
        }
        let away: Vec<f64> = references.values().copied().filter(|e| *e > 1e-2).collect();
        if away.is_empty() {
            continue;
        }
        let (low, high) = away.iter().fold((f64::MAX, 0.0_f64), |(l, h), e| (l.min(*e), h.max(*e)));
        let range = if short(low) == short(high) { short(low) } else { format!("{} to {}", short(low), short(high)) };
        let closer: Vec<String> = nearer
            .iter()
            .filter(|(_, (closer, _))| *closer > 0)
            .take(NAMED)
            .map(|(o, (closer, all))| format!("{} in {closer} of {all} runs", study.optimizers[*o]))
            .collect();
        let tail = if closer.is_empty() {
            " No optimizer ended less than half as far from the truth as that minimum.".to_owned()
        } else {
            format!(
                " Ending less than half as far from the truth as that minimum, though less flat: {}.",
                numbers::list(&closer)
            )
        };
        out.push((
            "warning",
            format!(
                "In {case} flatness and recovery part ways: in {} of {} the certified flattest minimum is not the truth \
                 (relative error {range}).{tail}",
                away.len(),
                count(references.len(), "instance", "instances")
            ),
        ));
    }
    out
}

/// Cases in which the flattest minimum is the truth and the norm-minimal solution is not.
fn norm(study: &Study) -> Option<(&'static str, String)> {
    let mut words = Vec::new();
    for (case, panels) in by_case(study) {
        let mut errors = std::collections::BTreeMap::new();
        for run in panels.iter().flat_map(|p| study.in_panel(*p)).filter(|r| r.flattest_is_truth() == Some(true)) {
            if let Some(error) = run.record.reference.norm_minimal.as_ref().and_then(|n| n.relative_error) {
                errors.insert(run.record.instance_seed, error);
            }
        }
        if let Some(middle) = numbers::median(errors.values().copied()).filter(|m| *m > 0.05) {
            words.push(format!("{case} (median relative error {})", short(middle)));
        }
    }
    let cases = numbers::list(&words);
    (!words.is_empty()).then(|| {
        ("note", format!("Flattest is not norm-minimal: the flattest minimum is the truth and the norm-minimal solution is not in {cases}."))
    })
}

fn by_case(study: &Study) -> Vec<(String, Vec<usize>)> {
    let mut out: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, panel) in study.panels.iter().enumerate().filter(|(_, p)| !p.is_control()) {
        match out.last_mut() {
            Some((case, panels)) if *case == panel.case && study.panels[panels[0]].suite == panel.suite => {
                panels.push(index)
            }
            _ => out.push((panel.case.clone(), vec![index])),
        }
    }
    out
}

fn controls(study: &Study) -> Option<(&'static str, String)> {
    let comparisons = data::controls(study);
    let low = comparisons.iter().map(|c| c.ratio.low).fold(f64::INFINITY, f64::min);
    let high = comparisons.iter().map(|c| c.ratio.high).fold(0.0, f64::max);
    let mut cases: Vec<&str> = study.panels.iter().filter(|p| p.is_control()).map(|p| p.case.as_str()).collect();
    cases.dedup();
    let cases = numbers::list(&cases);
    if comparisons.is_empty() {
        return None;
    }
    let deviation = (low - 1.0).abs().max((high - 1.0).abs());
    Some(if deviation < 1e-3 {
        (
            "good",
            format!(
                "The negative controls ({cases}), where every zero-loss point has the same trace, show no difference: all ratios are 1 within {}.",
                bound(deviation)
            ),
        )
    } else {
        (
            "warning",
            format!(
                "The negative controls ({cases}) show trace ratios from {} to {}, though every zero-loss point there has the same trace: runs ended short of zero loss, or something is wrong.",
                short(low),
                short(high)
            ),
        )
    })
}

/// A round upper bound of a small deviation.
fn bound(deviation: f64) -> String {
    let exponent = deviation.max(1e-12).log10().ceil();
    format!("1e{exponent:.0}")
}
