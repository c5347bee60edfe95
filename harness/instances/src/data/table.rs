use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use flatbench_problems::Data;
use ndarray::Array2;

use super::DataError;

/// Reads a delimited text file: a dense matrix, or observed entries if its header says so.
pub(super) fn read(path: &Path, delimiter: u8) -> Result<Data, DataError> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|e| unreadable(path, e))?;
    let lines: Vec<StringRecord> = reader.records().collect::<Result<_, _>>().map_err(|e| unreadable(path, e))?;
    let Some(first) = lines.first() else { return Err(DataError::Empty { path: path.to_owned() }) };
    let has_header = first.iter().any(|field| parse(field).is_none());
    let body = lines.get(usize::from(has_header)..).unwrap_or_default();
    if has_header {
        let header = first;
        let name = |i: usize| header.get(i).unwrap_or_default().to_ascii_lowercase();
        match (name(0).as_str(), name(1).as_str(), name(2).as_str()) {
            ("row", "column" | "col", "value") => return by_index(path, body),
            ("user" | "userid" | "user_id", "item" | "movieid" | "itemid" | "item_id", "rating") => {
                return by_label(path, body);
            }
            _ => {}
        }
    }
    dense(path, body)
}

fn dense(path: &Path, lines: &[StringRecord]) -> Result<Data, DataError> {
    let Some(cols) = lines.first().map(StringRecord::len) else {
        return Err(DataError::Empty { path: path.to_owned() });
    };
    let mut values = Vec::new();
    for line in lines {
        if line.len() != cols {
            return Err(DataError::Ragged {
                path: path.to_owned(),
                line: number(line),
                found: line.len(),
                expected: cols,
            });
        }
        for field in line {
            values.push(parse(field).ok_or_else(|| bad(path, line, field, "a number, empty, NA or NaN"))?);
        }
    }
    let values = Array2::from_shape_vec((lines.len(), cols), values).expect("every line has `cols` fields");
    super::from_dense(path, values)
}

/// Observed entries with indices from 0; the largest indices decide the sizes.
fn by_index(path: &Path, lines: &[StringRecord]) -> Result<Data, DataError> {
    let mut seen = HashSet::new();
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        let [row, column, value] = three(path, line)?;
        let index = |text: &str| text.parse::<usize>().map_err(|_| bad(path, line, text, "an index from 0 upwards"));
        let (i, j) = (index(row)?, index(column)?);
        if !seen.insert((i, j)) {
            return Err(duplicate(path, line, row, column));
        }
        entries.push((i, j, finite(path, line, value)?));
    }
    let rows = entries.iter().map(|e| e.0.saturating_add(1)).max().unwrap_or(0);
    let cols = entries.iter().map(|e| e.1.saturating_add(1)).max().unwrap_or(0);
    super::bounded(path, rows, cols, "its largest indices")?;
    Ok(Data::Entries { rows, cols, entries })
}

/// Observed entries by label; labels become indices in ascending order (numeric where all are numbers).
fn by_label(path: &Path, lines: &[StringRecord]) -> Result<Data, DataError> {
    let mut triplets = Vec::with_capacity(lines.len());
    for line in lines {
        let [row, column, value] = three(path, line)?;
        triplets.push((row.to_owned(), column.to_owned(), finite(path, line, value)?));
    }
    let rows = ranks(triplets.iter().map(|t| t.0.as_str()));
    let cols = ranks(triplets.iter().map(|t| t.1.as_str()));
    let mut seen = HashSet::new();
    let mut entries = Vec::with_capacity(triplets.len());
    for ((row, column, value), line) in triplets.iter().zip(lines) {
        // Both were ranked above.
        let (Some(&i), Some(&j)) = (rows.get(row.as_str()), cols.get(column.as_str())) else { continue };
        if !seen.insert((i, j)) {
            return Err(duplicate(path, line, row, column));
        }
        entries.push((i, j, *value));
    }
    super::bounded(path, rows.len(), cols.len(), "its labels")?;
    Ok(Data::Entries { rows: rows.len(), cols: cols.len(), entries })
}

fn ranks<'a>(labels: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut distinct: Vec<&str> = labels.collect::<HashSet<_>>().into_iter().collect();
    distinct.sort_unstable_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y).then(a.cmp(b)),
        _ => a.cmp(b),
    });
    distinct.into_iter().enumerate().map(|(rank, label)| (label, rank)).collect()
}

fn three<'a>(path: &Path, line: &'a StringRecord) -> Result<[&'a str; 3], DataError> {
    match (line.get(0), line.get(1), line.get(2)) {
        (Some(row), Some(column), Some(value)) => Ok([row, column, value]),
        _ => Err(DataError::Ragged { path: path.to_owned(), line: number(line), found: line.len(), expected: 3 }),
    }
}

fn finite(path: &Path, line: &StringRecord, text: &str) -> Result<f64, DataError> {
    text.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| bad(path, line, text, "a finite number"))
}

/// A number, or NaN for a missing entry.
fn parse(field: &str) -> Option<f64> {
    if field.is_empty() || field.eq_ignore_ascii_case("na") {
        return Some(f64::NAN);
    }
    field.parse().ok()
}

fn number(line: &StringRecord) -> u64 {
    line.position().map_or(0, csv::Position::line)
}

fn bad(path: &Path, line: &StringRecord, found: &str, expected: &'static str) -> DataError {
    DataError::BadField { path: path.to_owned(), line: number(line), found: found.to_owned(), expected }
}

fn duplicate(path: &Path, line: &StringRecord, row: &str, column: &str) -> DataError {
    DataError::Duplicate { path: path.to_owned(), line: number(line), row: row.to_owned(), column: column.to_owned() }
}

fn unreadable(path: &Path, error: csv::Error) -> DataError {
    DataError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}
