use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Parameters of a case that say how its data file is read. What decides the numbers of a run is the content hash.
pub const READING_KEYS: [&str; 8] =
    ["header", "index", "delimiter", "decimal", "missing", "columns", "duplicates", "array"];

/// How a data file was read: what was found in it, what was guessed, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The file, as the case names it.
    #[serde(default)]
    pub file: String,
    /// Content hash of what was read; absent in directories that were written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Format, such as `delimited text` or `NumPy array`, with its compression.
    pub format: String,
    /// `matrix`, or `entries` with how rows and columns are named.
    pub layout: String,
    /// Type of the numbers in the file, such as `float32`; `text` where they are written out.
    pub dtype: String,
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub cols: usize,
    /// Entries of it that are known.
    pub known: usize,
    /// Smallest and largest known entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// What separates the fields of a line, for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Decimal sign, for text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// Names of the columns, for text with a header; empty without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Vec<String>>,
    /// Whether the first column holds names of the rows, for a matrix in text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<bool>,
    /// How often each text stood for a missing entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<String, usize>,
    /// Lines that gave an entry again.
    #[serde(default)]
    pub duplicates: usize,
    /// The first rows of the matrix, or the first entries, in words.
    #[serde(default)]
    pub first: Vec<String>,
    /// What was guessed or skipped.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What may not be meant: every run says so again.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Reading {
    /// Share of the entries that are missing, from 0 to 1.
    pub fn missing_share(&self) -> f64 {
        let all = self.rows as f64 * self.cols as f64;
        if all > 0.0 { 1.0 - self.known as f64 / all } else { 0.0 }
    }

    /// The reading in words: (what, finding), in the order in which one would ask.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let missing = format!("{} of {} entries", self.rows * self.cols - self.known, self.rows * self.cols);
        let tokens: Vec<_> = self.missing.iter().map(|(token, count)| format!("{token:?} × {count}")).collect();
        let tokens = if tokens.is_empty() { String::new() } else { format!(" ({})", tokens.join(", ")) };
        let mut facts = vec![
            ("file", self.file.clone()),
            ("format", self.format.clone()),
            ("layout", self.layout.clone()),
            ("shape", format!("{} × {}", self.rows, self.cols)),
            ("numbers", self.dtype.clone()),
        ];
        facts.extend(self.delimiter.clone().map(|delimiter| ("delimiter", delimiter)));
        facts.extend(self.decimal.clone().map(|decimal| ("decimal sign", decimal)));
        facts.extend(self.header.as_ref().map(|names| ("header", header(names))));
        facts.extend(self.index.map(|index| ("row names", if index { "first column" } else { "none" }.to_owned())));
        facts.push(("missing", format!("{missing}, {:.1} %{tokens}", 100.0 * self.missing_share())));
        facts.extend(self.range.map(|[low, high]| ("range", format!("{} to {}", number(low), number(high)))));
        facts.push(("duplicates", self.duplicates.to_string()));
        facts.push(("first", self.first.join("; ")));
        facts.extend(self.notes.iter().map(|note| ("note", note.clone())));
        facts.extend(self.warnings.iter().map(|warning| ("warning", warning.clone())));
        facts
    }
}

/// A number as one would write it, in powers of ten where it is far from one.
pub fn number(x: f64) -> String {
    if x == 0.0 || (1e-5..1e16).contains(&x.abs()) { x.to_string() } else { format!("{x:e}") }
}

/// Names of the columns, the first few of many.
fn header(names: &[String]) -> String {
    const SHOWN: usize = 6;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let more = if names.len() > SHOWN { format!(", … ({} names)", names.len()) } else { String::new() };
    shown.join(", ") + &more
}
