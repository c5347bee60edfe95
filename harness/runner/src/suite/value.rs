use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use flatbench_records::{Parameter, ParameterKind, Schedule, Shape, Unit, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::suggestion;
use super::section::{Found, Section, describe, integer, real};

/// Reads a value of a parameter; what is wrong with it is added to `found`.
pub(super) fn read(parameter: &Parameter, value: &Spanned<DeValue<'_>>, found: &Found) -> Option<Value> {
    let (key, kind) = (parameter.name.as_str(), &parameter.kind);
    if let (ParameterKind::Schedule { .. }, DeValue::Table(table)) = (kind, value.get_ref()) {
        return schedule(parameter, table, value.span(), found).map(|schedule| plain(Value::Schedule(schedule)));
    }
    let wrong = |text: &str, allowed: String, help: String| {
        found.add(value.span(), format!("`{key}` is {text}"), allowed, help);
        None
    };
    let Some((candidate, text)) = candidate(kind, value.get_ref()) else {
        let allowed = format!("expected {}", kind.allowed());
        return wrong(&describe(value.get_ref()), allowed, parameter.description.clone());
    };
    match candidate {
        Some(candidate) if kind.admits(&candidate) => Some(candidate),
        _ => {
            let help = match (kind, value.get_ref()) {
                (ParameterKind::Choice(words), DeValue::String(text)) => {
                    suggestion(text, words.iter().map(String::as_str))
                }
                _ => parameter.description.clone(),
            };
            wrong(&text, kind.allowed(), help)
        }
    }
}

/// A TOML value as one of the type that a kind asks for, and in words; `None` for another type. Within the right type,
/// whole numbers that do not fit are no value at all.
fn candidate(kind: &ParameterKind, value: &DeValue<'_>) -> Option<(Option<Value>, String)> {
    Some(match (kind, value) {
        (ParameterKind::Bool, DeValue::Boolean(b)) => (Some(Value::Bool(*b)), b.to_string()),
        (ParameterKind::Integer { .. }, DeValue::Integer(n)) => (integer(value).map(Value::Integer), n.to_string()),
        (ParameterKind::Real { .. } | ParameterKind::Schedule { .. }, number) => {
            let x = real(number)?;
            (Some(Value::Real(x)), x.to_string())
        }
        (ParameterKind::Choice(_), DeValue::String(text)) => (Some(Value::Text(text.to_string())), format!("{text:?}")),
        (ParameterKind::File | ParameterKind::Text, DeValue::String(text)) => {
            (Some(Value::Text(text.to_string())), "empty".into())
        }
        (ParameterKind::Texts, list) => (Some(Value::Texts(texts(list)?)), "empty".into()),
        _ => return None,
    })
}

/// A list of texts and numbers, or one of them alone.
fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    match value {
        DeValue::Array(items) => items.iter().map(|item| text(item.get_ref())).collect(),
        one => Some(vec![text(one)?]),
    }
}

fn text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(_) => integer(value).map(|n| n.to_string()),
        DeValue::Float(_) => real(value).map(|x| x.to_string()),
        _ => None,
    }
}

/// A schedule that never changes and has no unit is the number itself, however it was written: one meaning, one form.
pub(crate) fn plain(value: Value) -> Value {
    match value {
        Value::Schedule(Schedule { schedule: Shape::Constant, unit: Unit::Absolute, from, .. }) => Value::Real(from),
        other => other,
    }
}

/// `{ schedule = .., from = .., to = .., until = .., unit = .. }` or `{ value = .., unit = .. }`.
fn schedule(parameter: &Parameter, table: &DeTable<'_>, span: Range<usize>, found: &Found) -> Option<Schedule> {
    let before = found.count();
    let what = format!("the schedule of `{}`", parameter.name);
    let mut section = Section::new(table, span.clone(), &what, found);
    let shape = section.text("schedule");
    let unit = section.text("unit").map(|unit| word(&unit, "unit", &Unit::ALL, found));
    let [constant, from, to] = ["value", "from", "to"].map(|key| end(parameter, &mut section, key, found));
    let until = section.get("until").and_then(|value| match real(value.get_ref()) {
        Some(x) if x > 0.0 && x <= 1.0 => Some(x),
        _ => {
            let title = format!("`until` is {}", describe(value.get_ref()));
            found.add(value.span(), title, "a fraction of the budget, greater than 0 and at most 1", "");
            None
        }
    });
    let shape = shape.map(|name| (word(&name, "schedule", &Shape::ALL, found), name.span()));
    section.finish(&|_| None);
    if found.count() > before {
        return None;
    }
    let unit = unit.flatten().unwrap_or_default();
    let form = "expected { schedule = .., from = .., to = .. } or { value = .., unit = .. }";
    let incomplete = |title: &str| {
        found.add(span.clone(), format!("{what} {title}"), form, "");
        None
    };
    match (shape, constant, from, to) {
        (None, Some(value), None, None) => Some(Schedule { unit, ..Schedule::constant(value) }),
        (Some((Some(Shape::Constant), _)), None, Some(from), to) if to.is_none_or(|to| to == from) => {
            Some(Schedule { unit, ..Schedule::constant(from) })
        }
        (Some((Some(Shape::Constant), _)), None, Some(_), Some(_)) => incomplete("is constant and has two ends"),
        (Some((Some(shape), place)), None, Some(from), Some(to)) => {
            if shape == Shape::Geometric && (from <= 0.0 || to <= 0.0) {
                let title = format!("a geometric schedule from {from} to {to}");
                found.add(place, title, "both ends have to be greater than 0", "use linear or cosine to reach 0");
                return None;
            }
            Some(Schedule { schedule: shape, from, to, until: until.unwrap_or(1.0), unit })
        }
        (None, None, ..) => incomplete("names neither a `schedule` nor a `value`"),
        (Some(_), Some(_), ..) => incomplete("has both a `schedule` and a `value`"),
        (None, Some(_), ..) => incomplete("has a `value` and ends"),
        (Some(_), None, ..) => incomplete("lacks `from` or `to`"),
    }
}

/// The number at `key`, within what the parameter allows.
pub(super) fn end(parameter: &Parameter, section: &mut Section<'_, '_>, key: &str, found: &Found) -> Option<f64> {
    let value = section.get(key)?;
    let as_number = Parameter { name: key.to_owned(), kind: number_kind(&parameter.kind), ..parameter.clone() };
    read(&as_number, value, found).and_then(|value| value.as_real())
}

/// The kind of a schedule's ends.
fn number_kind(kind: &ParameterKind) -> ParameterKind {
    match kind {
        ParameterKind::Schedule { min, max, min_excluded } => {
            ParameterKind::Real { min: *min, max: *max, min_excluded: *min_excluded }
        }
        other => other.clone(),
    }
}

/// One of a few words; another one is a mistake.
pub(super) fn word<T: FromStr + Display>(text: &Spanned<String>, key: &str, all: &[T], found: &Found) -> Option<T> {
    let name = text.get_ref();
    if let Ok(choice) = name.parse() {
        return Some(choice);
    }
    let words: Vec<String> = all.iter().map(T::to_string).collect();
    let allowed = words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    let help = suggestion(name, words.iter().map(String::as_str));
    found.add(text.span(), format!("`{key}` is {name:?}"), format!("one of {allowed}"), help);
    None
}
