//! Reading a ground truth or observed entries from a user's file.
//!
//! | file | meaning |
//! |---|---|
//! | `.npy` | two-dimensional array of any real or integer type; NaN marks a missing entry |
//! | `.csv`, `.tsv` | one matrix row a line, an optional header; empty, `NA` or `NaN` marks a missing entry |
//! | `.csv`, `.tsv` with header `row,column,value` | observed entries, indices from 0 |
//! | `.csv`, `.tsv` with header `user,item,rating` (also `userId,movieId,rating`, further columns ignored) | observed entries by label; labels become rows and columns in ascending order |
//! | `.mtx` | Matrix Market, coordinate (observed entries) or array (full), real or integer, general or symmetric |

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod error;
mod matrix_market;
mod npy;
mod table;

use std::path::Path;

pub use error::DataError;
use flatbench_problems::Data;

/// Reads `path`, choosing the format by its ending. A file without missing entries gives [`Data::Matrix`].
pub fn read(path: &Path) -> Result<Data, DataError> {
    if !path.is_file() {
        return Err(DataError::Missing { path: path.to_owned() });
    }
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let data = match extension.as_str() {
        "npy" => npy::read(path)?,
        "csv" => table::read(path, b',')?,
        "tsv" => table::read(path, b'\t')?,
        "mtx" => matrix_market::read(path)?,
        _ => return Err(DataError::UnknownFormat { path: path.to_owned() }),
    };
    match &data {
        Data::Matrix(x) if x.is_empty() => Err(DataError::Empty { path: path.to_owned() }),
        Data::Entries { entries, .. } if entries.is_empty() => Err(DataError::AllMissing { path: path.to_owned() }),
        _ => Ok(data),
    }
}

/// Most entries of a matrix, observed or not: a stray index of 10⁹ would otherwise ask for more memory than any machine has.
const LARGEST: usize = 1 << 28;

/// Refuses sizes that no matrix here has; `whence` names where they come from.
fn bounded(path: &Path, rows: usize, cols: usize, whence: &str) -> Result<(), DataError> {
    if rows.saturating_mul(cols) <= LARGEST {
        return Ok(());
    }
    let reason = format!("{whence} make a {rows}×{cols} matrix, which is too large (use contiguous indices)");
    Err(DataError::Unreadable { path: path.to_owned(), reason })
}

/// Turns a dense array whose missing entries are NaN into data. `line` names the place of an infinite entry.
fn from_dense(path: &Path, values: ndarray::Array2<f64>) -> Result<Data, DataError> {
    if let Some(((row, column), value)) = values.indexed_iter().find(|(_, v)| v.is_infinite()) {
        return Err(DataError::NotFinite { path: path.to_owned(), row, column, value: *value });
    }
    if values.iter().all(|v| !v.is_nan()) {
        return Ok(Data::Matrix(values));
    }
    let (rows, cols) = values.dim();
    let entries = values.indexed_iter().filter(|(_, v)| !v.is_nan()).map(|((i, j), &v)| (i, j, v)).collect();
    Ok(Data::Entries { rows, cols, entries })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may end with a panic")]
mod tests;
