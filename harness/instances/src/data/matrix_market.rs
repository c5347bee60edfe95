use std::collections::HashSet;
use std::path::Path;

use flatbench_problems::Data;
use ndarray::Array2;

use super::DataError;

/// Reads a Matrix Market file (<https://math.nist.gov/MatrixMarket/formats.html>), real or integer.
pub(super) fn read(path: &Path) -> Result<Data, DataError> {
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, e.to_string()))?;
    let mut lines = text.lines().zip(1u64..);
    let banner = lines.next().map(|(line, _)| line.to_ascii_lowercase()).unwrap_or_default();
    let words: Vec<&str> = banner.split_whitespace().collect();
    let [
        "%%matrixmarket",
        "matrix",
        layout @ ("coordinate" | "array"),
        "real" | "integer",
        symmetry @ ("general" | "symmetric"),
    ] = *words.as_slice()
    else {
        return Err(unreadable(
            path,
            "the first line is not `%%MatrixMarket matrix coordinate|array real|integer general|symmetric`".into(),
        ));
    };
    let mut body = lines.filter(|(line, _)| !line.starts_with('%') && !line.trim().is_empty());
    let Some((sizes, at)) = body.next() else { return Err(unreadable(path, "the line of sizes is missing".into())) };
    let sizes: Vec<usize> = sizes
        .split_whitespace()
        .map(|word| word.parse().map_err(|_| bad(path, at, word, "a size")))
        .collect::<Result<_, _>>()?;
    let (rows, cols, count) = match (layout, sizes.as_slice()) {
        ("coordinate", &[rows, cols, count]) => (rows, cols, Some(count)),
        ("array", &[rows, cols]) => (rows, cols, None),
        _ => return Err(unreadable(path, format!("line {at} has {} sizes", sizes.len()))),
    };
    let symmetric = symmetry == "symmetric";
    if symmetric && rows != cols {
        return Err(unreadable(path, format!("a symmetric matrix cannot be {rows}×{cols}")));
    }
    super::bounded(path, rows, cols, "its sizes")?;
    match count {
        Some(count) => coordinate(path, body, rows, cols, count, symmetric),
        None => array(path, body, rows, cols, symmetric),
    }
}

fn coordinate<'a>(
    path: &Path,
    body: impl Iterator<Item = (&'a str, u64)>,
    rows: usize,
    cols: usize,
    count: usize,
    symmetric: bool,
) -> Result<Data, DataError> {
    let mut seen = HashSet::new();
    let mut entries = Vec::new();
    let mut given = 0;
    for (line, at) in body {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [row, column, value] = *words.as_slice() else {
            return Err(DataError::Ragged { path: path.to_owned(), line: at, found: words.len(), expected: 3 });
        };
        let index = |word: &str| word.parse::<i64>().map_err(|_| bad(path, at, word, "an index from 1 upwards"));
        let (from_one_i, from_one_j) = (index(row)?, index(column)?);
        let within = |index: i64, size: usize| {
            let from_zero = usize::try_from(index).ok()?.checked_sub(1)?;
            (from_zero < size).then_some(from_zero)
        };
        let (Some(i), Some(j)) = (within(from_one_i, rows), within(from_one_j, cols)) else {
            let (row, column) = (from_one_i, from_one_j);
            return Err(DataError::OutOfRange { path: path.to_owned(), line: at, row, column, rows, cols });
        };
        let value = finite(path, at, value)?;
        given += 1;
        for (i, j) in if symmetric && i != j { vec![(i, j), (j, i)] } else { vec![(i, j)] } {
            if !seen.insert((i, j)) {
                return Err(DataError::Duplicate {
                    path: path.to_owned(),
                    line: at,
                    row: row.to_owned(),
                    column: column.to_owned(),
                });
            }
            entries.push((i, j, value));
        }
    }
    if given != count {
        return Err(unreadable(path, format!("{given} entries where its line of sizes says {count}")));
    }
    Ok(Data::Entries { rows, cols, entries })
}

fn array<'a>(
    path: &Path,
    body: impl Iterator<Item = (&'a str, u64)>,
    rows: usize,
    cols: usize,
    symmetric: bool,
) -> Result<Data, DataError> {
    let values: Vec<f64> = body.map(|(line, at)| finite(path, at, line.trim())).collect::<Result<_, _>>()?;
    let expected = if symmetric { rows * (rows + 1) / 2 } else { rows * cols };
    if values.len() != expected {
        return Err(unreadable(path, format!("{} values where {expected} are needed", values.len())));
    }
    let mut x = Array2::zeros((rows, cols));
    let places = (0..cols).flat_map(|j| (if symmetric { j } else { 0 }..rows).map(move |i| (i, j)));
    for ((i, j), value) in places.zip(values) {
        for place in [(i, j), (j, i)].into_iter().take(if symmetric { 2 } else { 1 }) {
            if let Some(entry) = x.get_mut(place) {
                *entry = value;
            }
        }
    }
    Ok(Data::Matrix(x))
}

fn finite(path: &Path, line: u64, text: &str) -> Result<f64, DataError> {
    text.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| bad(path, line, text, "a finite number"))
}

fn bad(path: &Path, line: u64, found: &str, expected: &'static str) -> DataError {
    DataError::BadField { path: path.to_owned(), line, found: found.to_owned(), expected }
}

fn unreadable(path: &Path, reason: String) -> DataError {
    DataError::Unreadable { path: path.to_owned(), reason }
}
