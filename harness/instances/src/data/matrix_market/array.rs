use flatbench_records::Reading;
use ndarray::Array2;

use super::super::contents::Contents;
use super::super::{DataError, Keys, Source};
use super::banner::{Banner, Symmetry};
use super::{Line, bad, number};

/// Reads a matrix that is written in full, column by column; of a symmetric one the lower triangle, of a skew-symmetric one
/// what is below the diagonal. NaN marks a missing entry.
pub(super) fn read<'a>(
    source: &Source,
    body: impl Iterator<Item = Line<'a>>,
    (rows, cols): (usize, usize),
    banner: &Banner,
    keys: &Keys,
    reading: Reading,
) -> Result<Contents, DataError> {
    let first_row = |column: usize| match banner.symmetry {
        Symmetry::General => 0,
        Symmetry::Symmetric => column,
        Symmetry::SkewSymmetric => column + 1,
    };
    let expected: usize = (0..cols).map(|column| rows.saturating_sub(first_row(column))).sum();
    let mut values = Vec::new();
    for (line, at) in body {
        for word in line.split_whitespace() {
            let value = number(word).filter(|v| !v.is_infinite());
            let value = value.ok_or_else(|| bad(source, at, word, "a finite number, or NaN where it is missing"))?;
            values.push(if keys.marks_missing(value) { f64::NAN } else { value });
        }
    }
    if values.len() != expected {
        return Err(source.unreadable(format!("{} values where {expected} are needed", values.len())));
    }
    let mut matrix = Array2::zeros((rows, cols));
    let places = (0..cols).flat_map(|j| (first_row(j)..rows).map(move |i| (i, j)));
    for ((i, j), value) in places.zip(values) {
        let mirror = banner.symmetry.mirrored(value).filter(|_| i != j);
        for (place, value) in [((i, j), value)].into_iter().chain(mirror.map(|mirrored| ((j, i), mirrored))) {
            if let Some(entry) = matrix.get_mut(place) {
                *entry = value;
            }
        }
    }
    Contents::dense(source, matrix, reading)
}
