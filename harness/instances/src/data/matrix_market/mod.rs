mod array;
mod banner;
mod coordinate;

use banner::{Banner, Field, Layout};
use flatbench_records::Reading;

use super::contents::Contents;
use super::{DataError, Keys, Source, text};

/// A line with its number, from 1.
type Line<'a> = (&'a str, u64);

/// Reads a Matrix Market file (<https://math.nist.gov/MatrixMarket/formats.html>) as SciPy does.
pub(super) fn read(source: &Source, keys: &Keys) -> Result<Contents, DataError> {
    let text = text::decode(source)?;
    let mut lines = text.content.lines().zip(1u64..);
    let banner = Banner::read(lines.next().map_or("", |(line, _)| line)).map_err(|reason| source.unreadable(reason))?;
    // SciPy and others allow comments and blank lines everywhere.
    let mut body = lines.filter(|(line, _)| !line.trim_start().starts_with('%') && !line.trim().is_empty());
    let Some((sizes, at)) = body.next() else { return Err(source.unreadable("the line of sizes is missing")) };
    let sizes: Vec<usize> = sizes
        .split_whitespace()
        .map(|word| word.parse().map_err(|_| bad(source, at, word, "a size")))
        .collect::<Result<_, _>>()?;
    let reading = Reading {
        format: "Matrix Market".to_owned(),
        dtype: match banner.field {
            Field::Real => "text".to_owned(),
            Field::Integer => "text, whole numbers".to_owned(),
            Field::Pattern => "none: every listed entry is 1".to_owned(),
        },
        notes: text.note.into_iter().chain(banner.symmetry.note().map(str::to_owned)).collect(),
        ..Reading::default()
    };
    let (rows, cols) = match (banner.layout, sizes.as_slice()) {
        (Layout::Coordinate, &[rows, cols, _]) | (Layout::Array, &[rows, cols]) => (rows, cols),
        _ => return Err(source.unreadable(format!("line {at} has {} sizes", sizes.len()))),
    };
    if banner.symmetry != banner::Symmetry::General && rows != cols {
        return Err(source.unreadable(format!("a {} matrix cannot be {rows}×{cols}", banner.symmetry.name())));
    }
    super::bounded(source, rows, cols, "its sizes")?;
    match sizes.get(2) {
        Some(&count) => coordinate::read(source, body, (rows, cols, count), &banner, keys, reading),
        None => array::read(source, body, (rows, cols), &banner, keys, reading),
    }
}

/// A number, also with the exponent of Fortran, as in `1.0D+00`.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| text.replace(['D', 'd'], "e").parse().ok())
}

fn bad(source: &Source, line: u64, found: &str, expected: &'static str) -> DataError {
    DataError::BadField { path: source.path.clone(), line, found: found.chars().take(40).collect(), expected }
}
