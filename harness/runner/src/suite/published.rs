use std::ops::Range;

use flatbench_records::{Init, Point, Published};
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
    /// Whether settings are chosen, so that several of an optimizer make one number.
    pub(super) tuned: bool,
    pub(super) found: &'a Found,
}

/// Reads one `[[published]]`.
pub(super) fn read(table: &DeTable<'_>, span: Range<usize>, context: &Context<'_>) -> Option<Published> {
    let found = context.found;
    let before = found.count();
    let mut section = Section::new(table, span, "a [[published]]", found);
    let what = required(&mut section, "what", "what the number is, in a few words");
    let source = required(&mut section, "source", "where it is published: authors, year, table or figure");
    let case = required(&mut section, "case", "the name of a case, or of the series that a sweep makes");
    let optimizer = required(&mut section, "optimizer", "the name of an optimizer of the suite");
    let metric = required(&mut section, "metric", "the name of a metric, or \"recovered\"");
    let over = section.text("over");
    let init = section.text("init").map(|text| value::word(&text, "init", &Init::ALL, found));
    let at = section.text("at").map_or(Some(Point::Limit), |text| value::word(&text, "at", &Point::ALL, found));
    let number = section.get("value").and_then(|value| finite(value, "value", found));
    let range = section.get("range").and_then(|value| interval(value, found));
    let remark = section.text("remark").map(Spanned::into_inner).unwrap_or_default();
    if table.keys().all(|key| key.get_ref() != "range") {
        section.missing("range", "[from, to], where numbers agree with what was published");
    }
    section.finish(&|_| None);

    let optimizers = || context.optimizers.iter().map(|optimizer| optimizer.name.as_str());
    for name in optimizer.iter().chain(&over) {
        let listed = context.optimizers.iter().find(|optimizer| optimizer.name == *name.get_ref());
        if listed.is_some_and(|listed| listed.settings.leave_a_choice()) && !context.tuned {
            let title = format!("`{}` has several settings, of which none is chosen", name.get_ref());
            found.add(
                name.span(),
                title,
                "",
                "give each setting an [[optimizer]] with a `name` of its own, and its `plugin`",
            );
        } else if listed.is_none() {
            let title = format!("`{}` is no optimizer of this suite", name.get_ref());
            found.add(name.span(), title, "", suggestion(name.get_ref(), optimizers().collect::<Vec<_>>()));
        }
    }
    if let Some(metric) = &metric
        && Published::metrics().all(|known| known != metric.get_ref())
    {
        let title = format!("`metric` is {:?}", metric.get_ref());
        found.add(metric.span(), title, "", suggestion(metric.get_ref(), Published::metrics()));
    }
    if let (Some(metric), Some(over)) = (&metric, &over)
        && metric.get_ref() == Published::RECOVERED
    {
        found.add(
            over.span(),
            "`over` goes with a metric",
            "a share of runs has no ratio on each instance",
            "leave it out",
        );
    }
    let published = Published {
        what: what?.into_inner(),
        source: source?.into_inner(),
        case: case.as_ref()?.get_ref().clone(),
        init: init.flatten(),
        optimizer: optimizer?.into_inner(),
        over: over.map(Spanned::into_inner),
        metric: metric?.into_inner(),
        at: at?,
        value: number,
        range: range?,
        remark,
    };
    // Which cases there are is known only where all of them could be read.
    if context.cases.iter().all(|known| !published.is_about(&known.name)) && !context.cases.is_empty() {
        let case = case?;
        let title = format!("`{}` is no case of this suite, nor the name of a series", published.case);
        let names: Vec<&str> = context.cases.iter().map(|case| case.name.as_str()).collect();
        found.add(case.span(), title, "", suggestion(&published.case, names));
    }
    (found.count() == before).then_some(published)
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
