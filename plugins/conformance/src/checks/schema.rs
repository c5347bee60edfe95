use flatbench_plugin::host::{Hyperparameter, Kind, Range, Unit};

use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "schema";

/// Names of hyper-parameters, descriptions, ranges and defaults. That of the plugin was seen to when the library was opened.
pub(super) fn check(subject: &Subject) -> Check {
    let plugin = subject.library.description();
    let mut mistakes = Vec::new();
    if plugin.version.trim().is_empty() {
        mistakes.push("there is no version".to_owned());
    }
    if plugin.description.trim().is_empty() {
        mistakes.push("the optimizer has no description".to_owned());
    }
    for (index, entry) in plugin.hyperparameters.iter().enumerate() {
        if plugin.hyperparameters[..index].iter().any(|earlier| earlier.name == entry.name) {
            mistakes.push(format!("`{}` is there twice", entry.name));
        }
        mistakes.extend(mistakes_of(entry));
    }
    if mistakes.is_empty() {
        let count = plugin.hyperparameters.len();
        return Check::passed(NAME, format!("{count} hyper-parameters, all described, all defaults in range"));
    }
    Check::failed(NAME, mistakes.join("; "), "correct the hyper-parameters that the plugin declares")
}

fn mistakes_of(entry: &Hyperparameter) -> Vec<String> {
    let name = &entry.name;
    let mut mistakes = Vec::new();
    let letters = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !letters || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        mistakes.push(format!("the name {name:?} is not in snake_case"));
    }
    if entry.description.trim().is_empty() {
        mistakes.push(format!("`{name}` has no description"));
    }
    let empty = match &entry.kind {
        Kind::Bool => false,
        Kind::Integer { min, max } => min > max,
        Kind::Real(range) | Kind::Schedule(range) => is_empty(range),
        Kind::Choice(words) => words.is_empty(),
    };
    if empty {
        mistakes.push(format!("`{name}` allows no value at all"));
    } else if let Err(error) = entry.check(&entry.default) {
        mistakes.push(format!("the default of {}", error.to_string().trim_start_matches("hyper-parameter ")));
    }
    if entry.default_unit != Unit::Absolute && !matches!(entry.kind, Kind::Real(_) | Kind::Schedule(_)) {
        mistakes.push(format!("`{name}` has a unit but is no real number"));
    }
    mistakes
}

fn is_empty(range: &Range) -> bool {
    match (range.min, range.max) {
        (Some(min), Some(max)) => min > max || (range.min_excluded && min == max) || min.is_nan() || max.is_nan(),
        (Some(end), None) | (None, Some(end)) => end.is_nan(),
        (None, None) => false,
    }
}
