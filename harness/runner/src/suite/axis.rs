//! The values of a swept key: a list, or a range that is written out.

use std::borrow::Cow;
use std::ops::Range;

use flatbench_records::{Parameter, ParameterKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::suggestion;
use super::section::{Found, Section, describe, integer, real};
use super::value;

/// Values that a range may have, and combinations that a sweep may have.
pub(super) const MOST: usize = 1000;

/// What a range may be.
const FORM: &str = "a list of values, or { from = .., to = .., count = .., scale = \"linear\" or \"log\" }";

/// A swept key with its values.
pub(super) struct Axis<'a, 'i> {
    pub(super) key: &'a Spanned<Cow<'i, str>>,
    values: Values<'a, 'i>,
}

enum Values<'a, 'i> {
    /// As they stand in the file.
    Listed(&'a [Spanned<DeValue<'i>>]),
    /// As somebody would have written them, each with the place that it comes from.
    Written(Vec<(String, Range<usize>)>),
}

impl Axis<'_, '_> {
    /// Its values, in its order.
    pub(super) fn values(&self) -> Vec<Spanned<DeValue<'_>>> {
        match &self.values {
            Values::Listed(values) => values.to_vec(),
            Values::Written(texts) => {
                let parsed = texts.iter().filter_map(|(text, place)| Some((DeValue::parse(text).ok()?, place)));
                parsed.map(|(value, place)| Spanned::new(place.clone(), value.into_inner())).collect()
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::Listed(values) => values.len(),
            Values::Written(texts) => texts.len(),
        }
    }
}

/// Number of combinations of the values of all axes.
pub(super) fn combinations(axes: &[Axis<'_, '_>]) -> Option<usize> {
    axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.len()))
}

/// Every combination put into copies of `table`, the last axis varying fastest.
pub(super) fn multiply<'a>(table: &DeTable<'a>, axes: &'a [Axis<'_, '_>]) -> Vec<DeTable<'a>> {
    axes.iter().fold(vec![table.clone()], |tables, axis| {
        let values = axis.values();
        let with = |table: &DeTable<'a>, value: &Spanned<DeValue<'a>>| {
            let mut table = table.clone();
            table.insert(axis.key.clone(), value.clone());
            table
        };
        tables.iter().flat_map(|table| values.iter().map(move |value| with(table, value))).collect()
    })
}

/// The value of a key in a table.
pub(super) fn entry<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
}

/// Reads the values that `key` is swept over. What `parameter` says decides whether a range is of whole numbers; that listed values are
/// of the right kind is left to those who read them.
pub(super) fn read<'a, 'i>(
    key: &'a Spanned<Cow<'i, str>>,
    given: &'a Spanned<DeValue<'i>>,
    parameter: Option<&Parameter>,
    found: &Found,
) -> Option<Axis<'a, 'i>> {
    let name = key.get_ref().as_ref();
    let values = match given.get_ref() {
        DeValue::Array(list) if list.is_empty() => {
            found.add(given.span(), format!("`{name}` is swept over nothing"), "at least one value", "");
            return None;
        }
        DeValue::Array(list) => Values::Listed(distinct(name, list, found)?),
        DeValue::Table(table) => Values::Written(written(name, table, given.span(), parameter, found)?),
        other => {
            found.add(given.span(), format!("`{name}` is {}", describe(other)), format!("expected {FORM}"), "");
            return None;
        }
    };
    Some(Axis { key, values })
}

fn distinct<'a, 'i>(
    name: &str,
    values: &'a [Spanned<DeValue<'i>>],
    found: &Found,
) -> Option<&'a [Spanned<DeValue<'i>>]> {
    let before = found.count();
    for (place, value) in values.iter().enumerate() {
        if values.iter().take(place).any(|earlier| is_same(earlier.get_ref(), value.get_ref())) {
            let title = format!("`{name}` is swept over {} twice", describe(value.get_ref()));
            found.add(value.span(), title, "every value once", "");
        }
    }
    (found.count() == before).then_some(values)
}

fn is_same(one: &DeValue<'_>, other: &DeValue<'_>) -> bool {
    match (one, other) {
        (DeValue::String(one), DeValue::String(other)) => one == other,
        (DeValue::Boolean(one), DeValue::Boolean(other)) => one == other,
        _ => real(one).is_some_and(|one| Some(one) == real(other)),
    }
}

/// A range, or `{ values = [..], unit = ".." }`, as the values that it stands for.
fn written(
    name: &str,
    table: &DeTable<'_>,
    span: Range<usize>,
    parameter: Option<&Parameter>,
    found: &Found,
) -> Option<Vec<(String, Range<usize>)>> {
    let before = found.count();
    let (whole, has_unit) = match parameter.map(|parameter| &parameter.kind) {
        Some(ParameterKind::Integer { .. }) => (true, false),
        Some(ParameterKind::Schedule { .. }) => (false, true),
        Some(ParameterKind::Real { .. }) | None => (false, false),
        Some(other) => {
            let title = format!("`{name}` has no range");
            found.add(span, title, format!("each value is {}", other.allowed()), format!("list them: {name} = [ .. ]"));
            return None;
        }
    };
    let what = format!("the range of `{name}`");
    let mut section = Section::new(table, span.clone(), &what, found);
    let unit = if has_unit { section.text("unit") } else { None };
    let in_unit = |number: String| match &unit {
        // Whether there is such a unit is said by those who read the value.
        Some(unit) => format!("{{ value = {number}, unit = {:?} }}", unit.get_ref()),
        None => number,
    };
    if entry(table, "values").is_some() {
        let values = section.get("values")?;
        section.finish(&|key| (key == "unit").then(|| format!("`{name}` has no unit")));
        let DeValue::Array(list) = values.get_ref() else {
            found.add(values.span(), format!("`values` is {}", describe(values.get_ref())), "expected a list", "");
            return None;
        };
        if list.is_empty() {
            found.add(values.span(), format!("`{name}` is swept over nothing"), "at least one value", "");
        }
        let list = distinct(name, list, found)?;
        let mut texts = Vec::new();
        for value in list {
            match value.get_ref() {
                DeValue::Integer(n) => texts.push((in_unit(n.to_string()), value.span())),
                DeValue::Float(x) => texts.push((in_unit(x.to_string()), value.span())),
                other => found.add(value.span(), format!("`values` contains {}", describe(other)), "numbers", ""),
            }
        }
        return (found.count() == before).then_some(texts);
    }
    let count = section.get("count").and_then(|value| match integer(value.get_ref()) {
        Some(n @ 2..=1000) => Some(n as usize),
        _ => {
            let title = format!("`count` is {}", describe(value.get_ref()));
            found.add(value.span(), title, format!("a whole number from 2 to {MOST}"), "");
            None
        }
    });
    let is_log = section.text("scale").and_then(|scale| match scale.get_ref().as_str() {
        "linear" => Some(false),
        "log" => Some(true),
        other => {
            let help = suggestion(other, ["linear", "log"]);
            found.add(scale.span(), format!("`scale` is {other:?}"), "one of \"linear\", \"log\"", help);
            None
        }
    });
    let any = Parameter {
        name: name.to_owned(),
        description: String::new(),
        kind: ParameterKind::Real { min: None, max: None, min_excluded: false },
        default: None,
        optional: false,
        log_scale: false,
    };
    let parameter = parameter.unwrap_or(&any);
    let [from, to] = ["from", "to"].map(|key| value::end(parameter, &mut section, key, found));
    for key in ["from", "to", "count"].into_iter().filter(|key| entry(table, key).is_none()) {
        section.missing(key, FORM);
    }
    section.finish(&|key| match key {
        "unit" => Some(format!("`{name}` has no unit")),
        "schedule" | "value" | "until" => Some(format!("a schedule is a value of a list: {name} = [ {{ .. }} ]")),
        _ => None,
    });
    if found.count() > before {
        return None;
    }
    let (from, to, count, is_log) = (from?, to?, count?, is_log.unwrap_or(false));
    if from >= to {
        let title = format!("`{name}` is swept from {from} to {to}");
        found.add(span, title, "`from` has to be less than `to`", "");
        return None;
    }
    if is_log && from <= 0.0 {
        let title = format!("`{name}` is swept from {from} on a log scale");
        found.add(span, title, "both ends have to be greater than 0", "scale = \"linear\" reaches 0");
        return None;
    }
    let numbers = points(from, to, count, is_log);
    if !whole {
        return Some(numbers.into_iter().map(|x| (in_unit(format!("{x:?}")), span.clone())).collect());
    }
    let numbers: Vec<i64> = numbers.into_iter().map(|x| x.round() as i64).collect();
    if numbers.windows(2).any(|pair| matches!(pair, [one, other] if one >= other)) {
        let title = format!("`{name}` has the same whole number twice among {count} from {from} to {to}");
        found.add(span, title, "whole numbers that differ", "a smaller `count`, or a list of values");
        return None;
    }
    Some(numbers.into_iter().map(|n| (n.to_string(), span.clone())).collect())
}

/// `count` ≥ 2 numbers from `from` to `to` > `from` in equal steps or, on a log scale, in equal ratios. The ends are exact; what lies
/// between is rounded to about a thousandth of the smaller step beside it, so that it is a number that somebody would have written.
fn points(from: f64, to: f64, count: usize, is_log: bool) -> Vec<f64> {
    let last = (count - 1) as f64;
    let at = |index: usize| match index {
        0 => from,
        index if index + 1 == count => to,
        index if is_log => (from.ln() + (to.ln() - from.ln()) * index as f64 / last).exp(),
        index => from + (to - from) * (index as f64 / last),
    };
    let rounded = |index: usize| {
        let x = at(index);
        if index == 0 || index + 1 == count {
            return x;
        }
        // Digits after the first: on a log scale as many for all.
        let step = x - at(index - 1);
        let digits = match is_log {
            true => (-(step / at(index - 1) / 1000.0).log10()).round().max(3.0),
            false => x.abs().log10().floor() - (step / 1000.0).log10().round(),
        };
        // What is as good as zero, beside its step.
        if digits < 0.0 || digits.is_nan() {
            return 0.0;
        }
        format!("{x:.*e}", digits.min(17.0) as usize).parse().unwrap_or(x)
    };
    (0..count).map(rounded).collect()
}

/// A value as it stands in a name.
pub(super) fn text_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(n) => n.as_str().to_owned(),
        DeValue::Float(x) => x.as_str().to_owned(),
        DeValue::Boolean(b) => b.to_string(),
        DeValue::String(text) => text.to_string(),
        // Of the wrong type wherever it stands, as whoever reads the case will say.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_is_what_somebody_would_have_written() {
        assert_eq!(points(0.1, 0.9, 9, false), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
        assert_eq!(points(1e-3, 1.0, 4, true), [0.001, 0.01, 0.1, 1.0]);
        assert_eq!(points(1e-3, 1.0, 7, true), [0.001, 0.003162, 0.01, 0.03162, 0.1, 0.3162, 1.0]);
        assert_eq!(points(0.01, 0.3, 7, true), [0.01, 0.01763, 0.03107, 0.05477, 0.09655, 0.1702, 0.3]);
        assert_eq!(points(20.0, 80.0, 7, false), [20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]);
        assert_eq!(points(-1.0, 1.0, 3, false), [-1.0, 0.0, 1.0]);
        assert_eq!(points(1000.0, 1001.0, 11, false).get(3), Some(&1000.3));
        assert_eq!(points(1e6, 1e12, 3, true), [1e6, 1e9, 1e12]);
        let fine = points(1.0, 1.0 + 1e-12, 1000, false);
        assert!(fine.is_sorted(), "steps below rounding stay in order");
        assert_eq!(points(1e-300, 1e300, 3, true), [1e-300, 1.0, 1e300]);
    }
}
