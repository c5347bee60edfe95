use std::collections::{BTreeMap, HashSet};

use flatbench_records::Reading;
use ndarray::Array2;

use super::super::contents::Contents;
use super::super::{DataError, bounded};
use super::Table;
use super::header::{Header, distinct};
use super::number::{Field, are_names, counts, is_whole};

/// Reads a file of which every line is a row of the matrix.
pub(super) fn read(mut table: Table<'_>, header: &Header, reading: Reading) -> Result<Contents, DataError> {
    if table.keys.duplicates != super::super::Duplicates::Refused {
        let reason = "means nothing where every line is a row of the matrix (leave it out)";
        return Err(table.key("duplicates", reason));
    }
    let fields = table.grid.line(header.lines()).map_or(0, |line| line.len());
    if fields == 0 {
        return Err(DataError::Empty { path: table.source.path.clone() });
    }
    let is_ragged = |line: &super::grid::Line<'_>| line.len() != fields;
    if let Some(line) = table.grid.lines(header.lines()).find(is_ragged) {
        let (path, found) = (table.source.path.clone(), line.len());
        return Err(DataError::Ragged { path, line: line.number, found, expected: fields });
    }
    let width = without_empty_end(&table, fields);
    if width < fields {
        table.warnings.push(format!("every line ends with {} empty fields, which are left out", fields - width));
    }
    if width == 1 {
        refuse_gaps(&table, header)?;
    }
    let index = match header.index {
        Some(given) => given,
        None => names_rows(&table, header, width)?,
    };
    let skipped = usize::from(index);
    let (rows, cols) = (table.grid.len() - header.lines(), width.saturating_sub(skipped));
    bounded(table.source, rows, cols, "its lines")?;
    let mut missing = BTreeMap::new();
    let mut values = Vec::with_capacity(rows * cols);
    for line in table.grid.lines(header.lines()) {
        for field in line.fields().take(width).skip(skipped) {
            values.push(match table.numbers.field(field) {
                Field::Number(value) => value,
                Field::Missing => {
                    *missing.entry(field.to_owned()).or_default() += 1;
                    f64::NAN
                }
                Field::Text => return Err(table.bad(line, field, EXPECTED)),
            });
        }
    }
    let matrix = Array2::from_shape_vec((rows, cols), values);
    let matrix = matrix.map_err(|error| table.source.unreadable(error.to_string()))?;
    Contents::dense(
        table.source,
        matrix,
        Reading { index: Some(index), missing, notes: table.notes, warnings: table.warnings, ..reading },
    )
}

const EXPECTED: &str = "a number, empty, NA or NaN (keys that may help: `missing` names other words for a missing entry, `decimal` \
                        the decimal sign, `index` = true says that the first column names rows, `columns` those of row, column \
                        and value)";

/// Fields of a line without those at the end that are empty on every line, as after a trailing delimiter.
fn without_empty_end(table: &Table<'_>, fields: usize) -> usize {
    let is_empty = |column: usize| table.grid.lines(0).all(|line| line.get(column).unwrap_or_default().is_empty());
    let mut width = fields;
    while width > 1 && is_empty(width - 1) {
        width -= 1;
    }
    width
}

/// A blank line in a single column may be a missing entry, or nothing.
fn refuse_gaps(table: &Table<'_>, header: &Header) -> Result<(), DataError> {
    let numbers = || table.grid.lines(header.lines()).map(|line| line.number);
    let (Some(first), Some(last)) = (numbers().next(), numbers().last()) else { return Ok(()) };
    let written: HashSet<u64> = numbers().chain(table.grid.comments.iter().copied()).collect();
    match (first..last).find(|number| !written.contains(number)) {
        Some(blank) => Err(table.doubtful(
            format!("line {blank} of a single column is blank, which may be a missing entry or nothing"),
            "write NA there, or take the line out",
        )),
        None => Ok(()),
    }
}

/// Whether the first column names the rows: it does where it holds texts alone, all different.
fn names_rows(table: &Table<'_>, header: &Header, width: usize) -> Result<bool, DataError> {
    let first = || table.grid.lines(header.lines()).filter_map(|line| line.get(0));
    let rows = table.grid.len() - header.lines();
    if width < 2 || rows == 0 {
        return Ok(false);
    }
    if first().all(|field| table.numbers.is_text(field)) && distinct(first()) {
        return Ok(true);
    }
    let others = || table.grid.lines(header.lines()).flat_map(|line| line.fields().take(width).skip(1));
    if rows > 2 && ((are_names(first()) && !others().any(is_whole)) || counts(first()) == Some(0)) {
        return Err(table.doubtful(
            "the first column holds whole numbers that may name rows",
            "`index` = true if it does, false if it is a column of the matrix",
        ));
    }
    Ok(false)
}
