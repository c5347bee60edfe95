use std::ops::Range;

use flatbench_records::{Compared, Init, Point, Published, Quantity, Solution};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::suggestion;
use super::model::{SuiteCase, SuiteOptimizer};
use super::section::{Found, Section, describe, real};
use super::value;

/// What a `[[published]]` may be about.
pub(super) struct Context<'a> {
    pub(super) cases: &'a [SuiteCase],
    pub(super) optimizers: &'a [SuiteOptimizer],
    /// Names of all optimizers, those too that could not be read or were not asked for.
    pub(super) names: &'a [String],
    /// Whether settings are chosen, so that several of an optimizer make one number.
    pub(super) tuned: bool,
    /// Whether the nearest zero-loss points are sought.
    pub(super) nearest: bool,
    pub(super) found: &'a Found,
}

/// Reads one `[[published]]`.
pub(super) fn read(table: &DeTable<'_>, span: Range<usize>, context: &Context<'_>) -> Option<Published> {
    let found = context.found;
    let before = found.count();
    let mut section = Section::new(table, span.clone(), "a [[published]]", found);
    let what = required(&mut section, "what", "what the number is, in a few words");
    let source = required(&mut section, "source", "where it is published: authors, year, table or figure");
    let case = required(&mut section, "case", "the name of a case, or of the series that a sweep makes");
    let metric =
        required(&mut section, "metric", "the name of a metric, or one of \"recovered\", \"steps\" and others");
    let optimizer = section.text("optimizer");
    let reference = section.text("reference").map(|text| value::word(&text, "reference", &Solution::ALL, found));
    let over = section.text("over");
    let over_case = section.text("over_case");
    let over_reference =
        section.text("over_reference").map(|text| value::word(&text, "over_reference", &Solution::ALL, found));
    let init = section.text("init").map(|text| value::word(&text, "init", &Init::ALL, found));
    let at = section.text("at").map(|text| value::word(&text, "at", &Point::ALL, found));
    let at_loss = section.fraction("at_loss");
    let within = section.positive("within");
    let number = section.get("value").and_then(|value| finite(value, "value", found));
    let range = section.get("range").and_then(|value| interval(value, found));
    let remark = section.text("remark").map(Spanned::into_inner).unwrap_or_default();
    if table.keys().all(|key| key.get_ref() != "range") {
        section.missing("range", "[from, to], where numbers agree with what was published");
    }
    section.finish(&|_| None);

    let names = context.names.iter().map(String::as_str);
    for name in optimizer.iter().chain(&over) {
        let listed = context.optimizers.iter().find(|optimizer| optimizer.name == *name.get_ref());
        if listed.is_some_and(|listed| listed.settings.leave_a_choice()) && !context.tuned {
            let title = format!("`{}` has several settings, of which none is chosen", name.get_ref());
            let help = "give each setting an [[optimizer]] with a `name` of its own, and its `plugin`";
            found.add(name.span(), title, "", help);
        } else if names.clone().all(|known| known != name.get_ref()) {
            let title = format!("`{}` is no optimizer of this suite", name.get_ref());
            found.add(name.span(), title, "", suggestion(name.get_ref(), names.clone().collect::<Vec<_>>()));
        }
    }
    // What could not be read has its mistake already.
    let misread = |key: &str, is_read: bool| !is_read && table.keys().any(|known| known.get_ref() == key);
    let is_read = !misread("optimizer", optimizer.is_some())
        && !matches!((&reference, &over_reference), (Some(None), _) | (_, Some(None)));
    let published = Published {
        what: what?.into_inner(),
        source: source?.into_inner(),
        case: case.as_ref()?.get_ref().clone(),
        init: init.flatten(),
        optimizer: optimizer.map(Spanned::into_inner),
        reference: reference.flatten(),
        over: over.map(Spanned::into_inner),
        over_case: over_case.as_ref().map(|case| case.get_ref().clone()),
        over_reference: over_reference.flatten(),
        metric: metric.as_ref()?.get_ref().clone(),
        at: at.flatten(),
        at_loss,
        within,
        value: number,
        range: range?,
        remark,
    };
    let metric = metric?;
    if published.compared().is_none() {
        let title = format!("`metric` is {:?}", metric.get_ref());
        found.add(metric.span(), title, "", suggestion(metric.get_ref(), Published::metrics()));
    }
    for (title, help) in contradictions(&published).into_iter().filter(|_| is_read) {
        found.add(span.clone(), title, "", help);
    }
    for (key, text) in [("what", &published.what), ("source", &published.source)] {
        if text.trim().is_empty() {
            found.add(span.clone(), format!("`{key}` is empty"), "", "say it in a few words");
        }
    }
    if let Some(init) = published.init {
        let mut meant = context.cases.iter().filter(|case| published.is_about(&case.name)).peekable();
        if meant.peek().is_some() && !meant.any(|case| case.inits.contains(&init)) {
            let title = format!("no run of `{}` has the start {init}", published.case);
            found.add(span.clone(), title, "", "leave `init` out, or give one that the case has");
        }
    }
    if published
        .compared()
        .is_some_and(|compared| matches!(compared, Compared::Quantity(Quantity::DistanceOverNearest)))
        && !context.nearest
    {
        let title = "`distance_over_nearest` is not measured in this suite";
        found.add(span.clone(), title, "", "ask for it: nearest = true in [measure]");
    }
    // Which cases there are is known only where all of them could be read.
    let names: Vec<&str> = context.cases.iter().map(|case| case.name.as_str()).collect();
    let known = |is_meant: &dyn Fn(&str) -> bool| names.is_empty() || names.iter().any(|name| is_meant(name));
    let unknown_case = |case: &Spanned<String>| {
        let title = format!("`{}` is no case of this suite, nor the name of a series", case.get_ref());
        found.add(case.span(), title, "", suggestion(case.get_ref(), names.iter().copied()));
    };
    if !known(&|name| published.is_about(name)) {
        unknown_case(&case?);
    }
    if let Some(case) = over_case.filter(|over| !known(&|name| name == over.get_ref())) {
        if known(&|name| published.is_over(name)) {
            let title = format!("`{}` is a series, and `over_case` one case of it", case.get_ref());
            found.add(case.span(), title, "", suggestion(case.get_ref(), names.iter().copied()));
        } else {
            unknown_case(&case);
        }
    }
    let meant = context.cases.iter().filter(|case| published.is_about(&case.name) || published.is_over(&case.name));
    if let Some(level) = at_loss
        && let Some(case) = meant.into_iter().find(|case| !case.crossings.contains(&level))
    {
        let title = format!("`at_loss` is {level}, which is none of the crossings of `{}`", case.name);
        found.add(span, title, "", "put it into `crossings` of the suite, or of the case");
    }
    (found.count() == before).then_some(published)
}

/// What of one number does not go together: what it is, and what to do.
fn contradictions(published: &Published) -> Vec<(String, &'static str)> {
    let of_runs = published.optimizer.is_some();
    let quantity = match published.compared() {
        Some(Compared::Quantity(quantity)) => Some(quantity),
        _ => None,
    };
    let name = published.metric.as_str();
    let recovered = quantity == Some(Quantity::Recovered);
    let of_run = quantity.is_some() && !recovered;
    let at_level =
        ["steps", "gradient_equivalents", "train_loss", "relative_error", "hessian_trace", "excess_flatness"];
    let of_solution = ["recovered", "relative_error", "hessian_trace"];
    let mut wrong: Vec<(String, &str)> = Vec::new();
    let mut check = |is_wrong: bool, title: String, help: &'static str| {
        if is_wrong {
            wrong.push((title, help));
        }
    };
    check(
        of_runs == published.reference.is_some(),
        "a [[published]] is of an `optimizer` or of a `reference`".to_owned(),
        "give one of the two",
    );
    check(
        published.over_reference.is_some() && published.reference.is_none(),
        "`over_reference` goes with a `reference`".to_owned(),
        "give `reference` in the place of `optimizer`, or leave `over_reference` out",
    );
    check(
        recovered && (published.over.is_some() || published.over_case.is_some()),
        "`over` and `over_case` go with a metric".to_owned(),
        "leave them out: a share of runs has no ratio on each instance",
    );
    let itself = published.over.is_some() && published.over == published.optimizer && published.over_case.is_none()
        || published.over_case.as_ref() == Some(&published.case) && published.over.is_none()
        || published.over_reference.is_some() && published.over_reference == published.reference;
    check(itself, "a number over itself is always 1".to_owned(), "name another optimizer, case or reference");
    let outside = published.value.is_some_and(|value| !(published.range[0]..=published.range[1]).contains(&value));
    check(
        outside,
        "`value` lies outside of `range`, where numbers agree with it".to_owned(),
        "widen `range`, or correct `value`",
    );
    check(
        published.within.is_some() && !recovered,
        format!("`within` does not go with the metric `{name}`"),
        "leave it out: it is the relative error that counts as \"recovered\"",
    );
    check(
        published.at.is_some() && (of_run || published.at_loss.is_some() || published.reference.is_some()),
        "`at` says at which point of a run a metric is taken, and here there is none".to_owned(),
        "leave `at` out",
    );
    check(
        published.at_loss.is_some() && (!of_runs || !at_level.contains(&name)),
        format!("`{name}` is not measured where a loss is crossed"),
        "there are steps, gradient_equivalents, train_loss, relative_error, hessian_trace and excess_flatness, of an optimizer",
    );
    check(
        published.reference.is_some() && (published.over.is_some() || !of_solution.contains(&name)),
        "of a `reference` there is no such number".to_owned(),
        "there are recovered, relative_error and hessian_trace, without `over`",
    );
    wrong
}

fn required(section: &mut Section<'_, '_>, key: &str, allowed: &str) -> Option<Spanned<String>> {
    if section.get(key).is_none() {
        section.missing(key, allowed);
    }
    section.text(key)
}

fn finite(value: &Spanned<DeValue<'_>>, key: &str, found: &Found) -> Option<f64> {
    let number = real(value.get_ref()).filter(|number| number.is_finite());
    if number.is_none() {
        found.add(value.span(), format!("`{key}` is {}", describe(value.get_ref())), "expected a finite number", "");
    }
    number
}

fn interval(value: &Spanned<DeValue<'_>>, found: &Found) -> Option<[f64; 2]> {
    if let DeValue::Array(ends) = value.get_ref()
        && let [from, to] = ends.iter().as_slice()
    {
        let (from, to) = (finite(from, "range", found)?, finite(to, "range", found)?);
        if from <= to {
            return Some([from, to]);
        }
    }
    found.add(value.span(), "`range` is no interval", "expected [from, to] with from ≤ to", "");
    None
}
