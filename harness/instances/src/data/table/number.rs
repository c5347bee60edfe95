use std::collections::HashSet;

use super::super::Keys;

/// Texts that stand for a missing entry, in lower case.
const MISSING: [&str; 17] = [
    "", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "1.#qnan", "-1.#ind", "null", "#null!", "none", "missing",
    "?", ".", "-",
];

/// How fields are read as numbers.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) decimal: char,
    pub(super) keys: &'a Keys,
}

/// What a field may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Field {
    /// A number; it may be infinite.
    Number(f64),
    /// A missing entry.
    Missing,
    /// Anything else.
    Text,
}

impl Numbers<'_> {
    /// What a field is.
    pub(super) fn field(&self, field: &str) -> Field {
        if is_missing(field) || self.keys.missing.iter().any(|token| token == field) {
            return Field::Missing;
        }
        match parse(field, self.decimal) {
            Some(value) if self.keys.marks_missing(value) => Field::Missing,
            Some(value) => Field::Number(value),
            None => Field::Text,
        }
    }

    /// Whether a missing entry is meant by a key, not only by custom.
    pub(super) fn is_declared_missing(&self, field: &str) -> bool {
        let declared = |value| self.keys.marks_missing(value);
        self.keys.missing.iter().any(|token| token == field) || parse(field, self.decimal).is_some_and(declared)
    }

    /// Whether a field is neither a number nor missing.
    pub(super) fn is_text(&self, field: &str) -> bool {
        self.field(field) == Field::Text
    }
}

/// Whether a field stands for a missing entry by custom.
pub(super) fn is_missing(field: &str) -> bool {
    MISSING.iter().any(|token| field.eq_ignore_ascii_case(token))
}

/// A number with a decimal sign, at which the other one has no place.
pub(super) fn parse(field: &str, decimal: char) -> Option<f64> {
    // The parser takes words such as `nan` and `infinity`; `inf` is a number that will be refused as such.
    if !field.contains(|letter: char| letter.is_ascii_digit()) && !field.to_ascii_lowercase().contains("inf") {
        return None;
    }
    match decimal {
        '.' => field.parse().ok(),
        _ if field.contains('.') || field.ends_with(',') => None,
        _ => field.replace(',', ".").parse().ok(),
    }
}

/// The number of a field that is written as a whole one, from 0 upwards.
pub(super) fn whole(field: &str) -> Option<u64> {
    if field.bytes().all(|byte| byte.is_ascii_digit()) { field.parse().ok() } else { None }
}

/// Whether a field is written as a whole number of either sign.
pub(super) fn is_whole(field: &str) -> bool {
    whole(field.trim_start_matches('-')).is_some()
}

/// Whether fields are whole numbers from 0 upwards, all different, as years and other names are.
pub(super) fn are_names<'a>(mut fields: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = HashSet::new();
    fields.all(|field| whole(field).is_some_and(|name| seen.insert(name)))
}

/// Whether fields count up by one, from 0 or from 1: as names do that a program made up.
pub(super) fn counts<'a>(fields: impl Iterator<Item = &'a str>) -> Option<u64> {
    let mut numbers = fields.map(whole);
    let from = numbers.next().flatten().filter(|first| *first <= 1)?;
    numbers.zip(from + 1..).all(|(found, expected)| found == Some(expected)).then_some(from)
}
