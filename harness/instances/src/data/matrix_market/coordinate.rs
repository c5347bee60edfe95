use flatbench_problems::Data;
use flatbench_records::Reading;

use super::super::contents::Contents;
use super::super::entries::Entries;
use super::super::{DataError, Keys, Source};
use super::banner::{Banner, Field, Symmetry};
use super::{Line, bad, number};

/// Reads entries that are listed with their places, from 1; where the matrix is a ground truth, the others are zero.
pub(super) fn read<'a>(
    source: &Source,
    body: impl Iterator<Item = Line<'a>>,
    (rows, cols, count): (usize, usize, usize),
    banner: &Banner,
    keys: &Keys,
    reading: Reading,
) -> Result<Contents, DataError> {
    let mut entries = Entries::new(keys.duplicates);
    let mut given = 0;
    let expected = if banner.field == Field::Pattern { 2 } else { 3 };
    for (line, at) in body {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (row, column, value) = match *words.as_slice() {
            [row, column] if banner.field == Field::Pattern => (row, column, 1.0),
            [row, column, value] if banner.field != Field::Pattern => (row, column, finite(source, at, value)?),
            _ => return Err(DataError::Ragged { path: source.path.clone(), line: at, found: words.len(), expected }),
        };
        let (i, j) = place(source, at, (row, column), (rows, cols))?;
        if banner.symmetry == Symmetry::SkewSymmetric && i == j {
            return Err(bad(source, at, line, "off the diagonal, on which a skew-symmetric matrix is zero"));
        }
        given += 1;
        if keys.marks_missing(value) {
            continue;
        }
        let mirror = banner.symmetry.mirrored(value).filter(|_| i != j);
        for (i, j, value) in [(i, j, value)].into_iter().chain(mirror.map(|mirrored| (j, i, mirrored))) {
            entries.add(i, j, value).map_err(|_| DataError::Duplicate {
                path: source.path.clone(),
                line: at,
                row: row.to_owned(),
                column: column.to_owned(),
            })?;
        }
    }
    if given != count {
        return Err(source.unreadable(format!("{given} entries where its line of sizes says {count}")));
    }
    let reading =
        Reading { layout: "entries, by row and column from 1".into(), duplicates: entries.duplicates, ..reading };
    Ok(Contents { data: Data::entries(rows, cols, entries.finish()), reading }.zero_elsewhere())
}

/// Row and column, from 0, of an entry that names them from 1.
fn place(
    source: &Source,
    at: u64,
    (row, column): (&str, &str),
    (rows, cols): (usize, usize),
) -> Result<(usize, usize), DataError> {
    let index = |word: &str| word.parse::<i64>().map_err(|_| bad(source, at, word, "an index from 1 upwards"));
    let (row, column) = (index(row)?, index(column)?);
    let within = |index: i64, size: usize| {
        let from_zero = usize::try_from(index).ok()?.checked_sub(1)?;
        (from_zero < size).then_some(from_zero)
    };
    match (within(row, rows), within(column, cols)) {
        (Some(i), Some(j)) => Ok((i, j)),
        _ => Err(DataError::OutOfRange { path: source.path.clone(), line: at, row, column, rows, cols }),
    }
}

fn finite(source: &Source, at: u64, text: &str) -> Result<f64, DataError> {
    number(text).filter(|v| v.is_finite()).ok_or_else(|| bad(source, at, text, "a finite number"))
}
