use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{SuiteMistake, suggestion};

/// Fractions that an array of them may hold.
const MOST_FRACTIONS: usize = 20;

/// Mistakes as they are found.
#[derive(Default)]
pub(super) struct Found(RefCell<Vec<SuiteMistake>>);

impl Found {
    pub(super) fn add(
        &self,
        span: Range<usize>,
        title: impl Into<String>,
        allowed: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.0.borrow_mut().push(SuiteMistake {
            span,
            title: title.into(),
            allowed: allowed.into(),
            help: help.into(),
        });
    }

    pub(super) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn into_mistakes(self) -> Vec<SuiteMistake> {
        let mut mistakes = self.0.into_inner();
        mistakes.sort_by_key(|mistake| mistake.span.start);
        // What is wrong with a swept case, or setting, is wrong with all of its series.
        let mut seen = HashSet::new();
        mistakes.retain(|mistake| seen.insert(mistake.clone()));
        mistakes
    }
}

/// A table being read: remembers which keys were asked for, so that the others can be named as unknown.
pub(super) struct Section<'a, 'i> {
    table: &'a DeTable<'i>,
    /// Where the table stands, for mistakes about the whole of it.
    pub(super) span: Range<usize>,
    what: &'a str,
    known: BTreeSet<String>,
    found: &'a Found,
}

impl<'a, 'i> Section<'a, 'i> {
    pub(super) fn new(table: &'a DeTable<'i>, span: Range<usize>, what: &'a str, found: &'a Found) -> Self {
        Section { table, span, what, known: BTreeSet::new(), found }
    }

    /// The value of a key, which is thereby known.
    pub(super) fn get(&mut self, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.known.insert(key.to_owned());
        self.table.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<Spanned<String>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Spanned::new(value.span(), text.to_string())),
            _ => self.wrong_type(key, value, "a string"),
        }
    }

    /// The strings of a non-empty array, each with its place.
    pub(super) fn texts(&mut self, key: &str) -> Option<Vec<Spanned<String>>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong_type(key, value, "an array of strings");
        };
        if items.is_empty() {
            self.found.add(value.span(), format!("`{key}` is empty"), "at least one string, or leave it out", "");
            return None;
        }
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push(Spanned::new(item.span(), text.to_string())),
                _ => return self.wrong_type(key, item, "a string"),
            }
        }
        Some(texts)
    }

    /// A name that must not be empty and may stand in file names.
    pub(super) fn name(&mut self, key: &str) -> Option<Spanned<String>> {
        let name = self.text(key)?;
        let text = name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '+');
        if text.is_empty() || text.len() > 80 || text.starts_with('.') || !text.chars().all(plain) {
            self.found.add(
                name.span(),
                format!("`{text}` cannot be a name"),
                "1 to 80 of the characters a-z A-Z 0-9 - _ . = +, not starting with a dot",
                "",
            );
            return None;
        }
        Some(name)
    }

    /// A value that is true or false.
    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong_type(key, value, "true or false"),
        }
    }

    /// A finite number above zero.
    pub(super) fn positive(&mut self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        match real(value.get_ref()) {
            Some(x) if x > 0.0 && x.is_finite() => Some(x),
            Some(x) => {
                self.found.add(value.span(), format!("`{key}` is {x}"), "a finite number greater than 0", "");
                None
            }
            None => self.wrong_type(key, value, "a number greater than 0"),
        }
    }

    /// A number above 0 and below 1.
    pub(super) fn fraction(&mut self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        match real(value.get_ref()) {
            Some(x) if x > 0.0 && x < 1.0 => Some(x),
            Some(x) => {
                let allowed = "a fraction of the loss at the start, above 0 and below 1";
                self.found.add(value.span(), format!("`{key}` is {x}"), allowed, "");
                None
            }
            None => self.wrong_type(key, value, "a number above 0 and below 1"),
        }
    }

    /// Numbers above 0 and below 1 in an array, at most [`MOST_FRACTIONS`], each once; the largest first.
    pub(super) fn fractions(&mut self, key: &str) -> Option<Vec<f64>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong_type(key, value, "an array such as [1e-2, 1e-4]");
        };
        let mut all: Vec<f64> = Vec::new();
        for item in items.iter() {
            match real(item.get_ref()) {
                Some(x) if x > 0.0 && x < 1.0 && !all.contains(&x) => all.push(x),
                Some(x) => {
                    let title = format!("`{key}` contains {x}{}", if all.contains(&x) { " twice" } else { "" });
                    self.found.add(item.span(), title, "fractions of the loss at the start, above 0 and below 1", "");
                    return None;
                }
                None => return self.wrong_type(key, item, "a number above 0 and below 1"),
            }
        }
        if all.len() > MOST_FRACTIONS {
            self.found.add(
                value.span(),
                format!("`{key}` has {} levels", all.len()),
                format!("at most {MOST_FRACTIONS}"),
                "",
            );
            return None;
        }
        all.sort_by(|a, b| b.total_cmp(a));
        Some(all)
    }

    /// A whole number from 1 to 100 000.
    pub(super) fn repetitions(&mut self, key: &str) -> Option<u32> {
        let value = self.get(key)?;
        match integer(value.get_ref()) {
            Some(n @ 1..=100_000) => Some(n as u32),
            Some(n) => {
                self.found.add(value.span(), format!("`{key}` is {n}"), "a whole number from 1 to 100000", "");
                None
            }
            None => self.wrong_type(key, value, "a whole number from 1 to 100000"),
        }
    }

    /// The tables of an array of tables, each with its place.
    pub(super) fn tables(&mut self, key: &str) -> Option<Vec<(&'a DeTable<'i>, Range<usize>)>> {
        let value = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong_type(key, value, "an array of tables");
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((table, item.span())),
                _ => return self.wrong_type(key, item, "a table"),
            }
        }
        Some(tables)
    }

    pub(super) fn wrong_type<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, allowed: &str) -> Option<T> {
        let title = format!("`{key}` is {}", describe(value.get_ref()));
        self.found.add(value.span(), title, format!("expected {allowed}"), "");
        None
    }

    pub(super) fn missing(&self, key: &str, allowed: &str) {
        self.found.add(self.span.clone(), format!("{} has no `{key}`", self.what), format!("expected {allowed}"), "");
    }

    /// Names every key that nothing asked for. `aside` explains keys that belong elsewhere.
    pub(super) fn finish(self, aside: &dyn Fn(&str) -> Option<String>) {
        for name in self.table.keys() {
            let key = name.get_ref().as_ref();
            if !self.known.contains(key) {
                let help = aside(key).unwrap_or_else(|| suggestion(key, self.known.iter().map(String::as_str)));
                self.found.add(name.span(), format!("unknown key `{key}` in {}", self.what), "", help);
            }
        }
    }
}

/// The number in a TOML integer or float.
pub(super) fn real(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(x) => x.as_str().parse().ok(),
        other => integer(other).map(|n| n as f64),
    }
}

/// The number in a TOML integer.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok(),
        _ => None,
    }
}

/// A value in words, for "`x` is ...".
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => {
            let short: String = text.chars().take(40).collect();
            format!("the string {short:?}")
        }
        DeValue::Integer(n) => format!("the whole number {n}"),
        DeValue::Float(x) => format!("the number {x}"),
        DeValue::Boolean(b) => format!("{b}"),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "an array".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
