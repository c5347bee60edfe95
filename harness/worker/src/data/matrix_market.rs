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
    ] = words[..]
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
    match (layout, &sizes[..]) {
        ("coordinate", &[rows, cols, count]) => coordinate(path, body, rows, cols, count, symmetry == "symmetric"),
        ("array", &[rows, cols]) => array(path, body, rows, cols, symmetry == "symmetric"),
        _ => Err(unreadable(path, format!("line {at} has {} sizes", sizes.len()))),
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
        let [row, column, value] = words[..] else {
            return Err(DataError::Ragged { path: path.to_owned(), line: at, found: words.len(), expected: 3 });
        };
        let index = |word: &str| word.parse::<i64>().map_err(|_| bad(path, at, word, "an index from 1 upwards"));
        let (i, j) = (index(row)?, index(column)?);
        if i < 1 || j < 1 || i as usize > rows || j as usize > cols {
            return Err(DataError::OutOfRange { path: path.to_owned(), line: at, row: i, column: j, rows, cols });
        }
        let (i, j) = (i as usize - 1, j as usize - 1);
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
    if symmetric && rows != cols {
        return Err(unreadable(path, format!("a symmetric matrix cannot be {rows}×{cols}")));
    }
    let values: Vec<f64> = body.map(|(line, at)| finite(path, at, line.trim())).collect::<Result<_, _>>()?;
    let expected = if symmetric { rows * (rows + 1) / 2 } else { rows * cols };
    if values.len() != expected {
        return Err(unreadable(path, format!("{} values where {expected} are needed", values.len())));
    }
    let mut values = values.into_iter();
    let mut x = Array2::zeros((rows, cols));
    for j in 0..cols {
        for i in if symmetric { j } else { 0 }..rows {
            let value = values.next().expect("their number was checked");
            x[[i, j]] = value;
            if symmetric {
                x[[j, i]] = value;
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
