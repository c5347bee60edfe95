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
    let key = parameter.name.as_str();
    let wrong_type = || {
        let title = format!("`{key}` is {}", describe(value.get_ref()));
        found.add(value.span(), title, format!("expected {}", allowed(&parameter.kind)), parameter.description.clone());
        None
    };
    let out_of_range = |text: String| {
        found.add(value.span(), format!("`{key}` is {text}"), allowed(&parameter.kind), parameter.description.clone());
        None
    };
    match (&parameter.kind, value.get_ref()) {
        (ParameterKind::Bool, DeValue::Boolean(b)) => Some(Value::Bool(*b)),
        (ParameterKind::Integer { min, max }, DeValue::Integer(n)) => match integer(value.get_ref()) {
            Some(n) if (*min..=*max).contains(&n) => Some(Value::Integer(n)),
            _ => out_of_range(n.to_string()),
        },
        (ParameterKind::Real { min, max, min_excluded }, number) => match real(number) {
            Some(x) if within(x, *min, *max, *min_excluded) => Some(Value::Real(x)),
            Some(x) => out_of_range(x.to_string()),
            None => wrong_type(),
        },
        (ParameterKind::Schedule { .. }, DeValue::Table(table)) => {
            schedule(parameter, table, value.span(), found).map(|schedule| plain(Value::Schedule(schedule)))
        }
        (ParameterKind::Schedule { min, max, min_excluded }, number) => match real(number) {
            Some(x) if within(x, *min, *max, *min_excluded) => Some(Value::Real(x)),
            Some(x) => out_of_range(x.to_string()),
            None => wrong_type(),
        },
        (ParameterKind::Choice(words), DeValue::String(text)) => {
            if words.iter().any(|word| word.as_str() == text.as_ref()) {
                return Some(Value::Text(text.to_string()));
            }
            let help = suggestion(text, words.iter().map(String::as_str));
            found.add(value.span(), format!("`{key}` is {text:?}"), allowed(&parameter.kind), help);
            None
        }
        (ParameterKind::File, DeValue::String(path)) => {
            if path.is_empty() {
                return out_of_range("empty".into());
            }
            Some(Value::Text(path.to_string()))
        }
        _ => wrong_type(),
    }
}

/// A schedule that never changes and has no unit is the number itself, however it was written: one meaning, one form.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Schedule(Schedule { schedule: Shape::Constant, unit: Unit::Absolute, from, .. }) => Value::Real(from),
        other => other,
    }
}

fn within(x: f64, min: Option<f64>, max: Option<f64>, min_excluded: bool) -> bool {
    x.is_finite()
        && min.is_none_or(|min| if min_excluded { x > min } else { x >= min })
        && max.is_none_or(|max| x <= max)
}

/// What a kind allows, in words.
pub(super) fn allowed(kind: &ParameterKind) -> String {
    let range = |min: &Option<f64>, max: &Option<f64>, min_excluded: bool| {
        let above = if min_excluded { "greater than" } else { "at least" };
        match (min, max) {
            (Some(min), Some(max)) => format!("a number {above} {min} and at most {max}"),
            (Some(min), None) => format!("a number {above} {min}"),
            (None, Some(max)) => format!("a number at most {max}"),
            (None, None) => "a finite number".into(),
        }
    };
    match kind {
        ParameterKind::Bool => "true or false".into(),
        ParameterKind::Integer { min, max } if *max >= i64::from(i32::MAX) => format!("a whole number, at least {min}"),
        ParameterKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        ParameterKind::Real { min, max, min_excluded } => range(min, max, *min_excluded),
        ParameterKind::Schedule { min, max, min_excluded } => {
            format!("{}, or a schedule of such numbers", range(min, max, *min_excluded))
        }
        ParameterKind::Choice(words) => {
            format!("one of {}", words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", "))
        }
        ParameterKind::File => "the path of a data file, as a string".into(),
    }
}

/// `{ schedule = .., from = .., to = .., until = .., unit = .. }` or `{ value = .., unit = .. }`.
fn schedule(parameter: &Parameter, table: &DeTable<'_>, span: Range<usize>, found: &Found) -> Option<Schedule> {
    let before = found.count();
    let what = format!("the schedule of `{}`", parameter.name);
    let mut section = Section::new(table, span.clone(), &what, found);
    let shape = section.text("schedule");
    let unit = section.text("unit").map(|unit| word(&unit, "unit", &Unit::ALL, found));
    let end = |section: &mut Section<'_, '_>, key: &str| {
        let value = section.get(key)?;
        let as_number = Parameter { name: key.to_owned(), kind: number_kind(&parameter.kind), ..parameter.clone() };
        read(&as_number, value, found).and_then(|value| value.as_real())
    };
    let constant = end(&mut section, "value");
    let from = end(&mut section, "from");
    let to = end(&mut section, "to");
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
