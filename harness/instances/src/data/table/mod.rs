//! Delimited text. In what order a file is understood: dialect, header, layout, row names.

mod dense;
mod dialect;
mod grid;
mod header;
mod labels;
mod layout;
mod listed;
mod names;
mod number;

use dialect::Dialect;
use flatbench_records::Reading;
use grid::Grid;
use header::Header;
use layout::Layout;
pub(super) use names::is_movielens;
use number::Numbers;

use super::contents::Contents;
use super::{DataError, Keys, Source, text};

/// Endings of names of delimited text.
pub(super) const ENDINGS: [&str; 5] = ["csv", "tsv", "txt", "dat", "data"];

/// Keys that say how delimited text is read.
pub(super) const KEYS: &[&str] = &["header", "index", "delimiter", "decimal", "columns", "duplicates"];

/// Reads a delimited text file: a dense matrix, or entries if its header or a key says so.
pub(super) fn read(source: &Source, keys: &Keys) -> Result<Contents, DataError> {
    let text = text::decode(source)?;
    let (head, body) = head_and_body(&text.content);
    let keys = &declared_by(head, keys);
    let dialect = Dialect::detect(source, body, keys)?;
    let mut grid = Grid::split(source, body, &dialect.delimiter, head.lines().count() as u64)?;
    grid.drop_comments();
    let comments = grid.comments.len() + head.lines().filter(|line| begins_as_comment(line)).count();
    if grid.len() == 0 {
        return Err(DataError::Empty { path: source.path.clone() });
    }
    let mut table = Table {
        source,
        keys,
        numbers: Numbers { decimal: dialect.decimal, keys },
        grid,
        notes: Vec::new(),
        warnings: Vec::new(),
    };
    table.notes.extend(text.note);
    if comments > 0 {
        table.notes.push(format!("{comments} comment lines skipped"));
    }
    let header = Header::find(&mut table)?;
    let reading = Reading {
        format: "delimited text".to_owned(),
        dtype: "text".to_owned(),
        delimiter: Some(dialect.delimiter.name().to_owned()),
        decimal: Some(dialect.decimal.to_string()),
        header: Some(header.names.clone().unwrap_or_default()),
        ..Reading::default()
    };
    match Layout::find(&table, &header, &dialect.delimiter)? {
        Layout::Matrix => dense::read(table, &header, reading),
        Layout::Listed(columns) => listed::read(table, &header, &columns, reading),
    }
}

/// A file on its way to numbers.
struct Table<'a> {
    source: &'a Source,
    keys: &'a Keys,
    numbers: Numbers<'a>,
    grid: Grid,
    /// What to say of the reading.
    notes: Vec<String>,
    /// What may not be meant.
    warnings: Vec<String>,
}

impl Table<'_> {
    /// The error that the file can be read in two ways.
    fn doubtful(&self, doubt: impl Into<String>, way_out: impl Into<String>) -> DataError {
        DataError::Doubtful { path: self.source.path.clone(), doubt: doubt.into(), way_out: way_out.into() }
    }

    fn key(&self, key: &'static str, reason: impl Into<String>) -> DataError {
        DataError::Key { path: self.source.path.clone(), key, reason: reason.into() }
    }

    fn bad(&self, line: grid::Line<'_>, found: &str, expected: &'static str) -> DataError {
        let found = found.chars().take(40).collect();
        DataError::BadField { path: self.source.path.clone(), line: line.number, found, expected }
    }
}

/// Whether a line is a comment, unless its fields say otherwise.
fn begins_as_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', '%'])
}

/// Beginning of the line by which Excel names the delimiter.
const EXCEL: &str = "sep=";

/// The comments, blank lines and declarations before the data, and the rest.
fn head_and_body(text: &str) -> (&str, &str) {
    let in_head = |line: &str| line.trim().is_empty() || begins_as_comment(line) || line.starts_with(EXCEL);
    let length = text.split_inclusive('\n').take_while(|line| in_head(line)).map(str::len).sum();
    text.split_at_checked(length).unwrap_or(("", text))
}

/// The keys, with the delimiter that the file declares where none is given.
fn declared_by(head: &str, keys: &Keys) -> Keys {
    let declared =
        head.lines().find_map(|line| line.strip_prefix(EXCEL)).map(|rest| rest.trim_end_matches('\r').to_owned());
    let delimiter = keys.delimiter.clone().or(declared.filter(|delimiter| delimiter.len() == 1));
    Keys { delimiter, ..keys.clone() }
}
