//! Reading a ground truth or observed entries from a user's file.
//!
//! | file | meaning |
//! |---|---|
//! | `.npy`, `.npz` | an array of any real or integer type, a vector as one column; NaN marks a missing entry |
//! | `.csv`, `.tsv`, `.txt`, `.dat`, `.data` | delimited text: one matrix row a line, or one entry a line where the header or a key says so |
//! | `.mtx` | Matrix Market, coordinate (listed entries) or array (full) |
//!
//! Any of them may be compressed by gzip. What a file does not say itself is guessed where one reading alone is plausible,
//! and the guess is part of the [`Reading`]; otherwise the file is refused with the [`Keys`] that settle it.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod contents;
mod entries;
mod error;
mod keys;
mod matrix_market;
mod npy;
mod npz;
mod parameters;
mod source;
mod table;
mod text;

use std::path::Path;

use contents::Contents;
pub use error::DataError;
use flatbench_problems::Data;
use flatbench_records::Reading;
pub use keys::{Duplicates, Keys};
pub use parameters::parameters;
use source::Source;

/// Reads `path`, choosing the format by its ending. A file without missing entries gives a [`flatbench_problems::Known::Matrix`],
/// unless it lists them one by one.
///
/// # Errors
/// A file that cannot be read, that is broken, that can be read in several ways, or that a key does not fit.
pub fn read(path: &Path, keys: &Keys) -> Result<(Data, Reading), DataError> {
    let source = Source::open(path)?;
    let (reader, known): (Reader, &[&str]) = match source.ending() {
        "npy" => (npy::read, &[]),
        "npz" => (npz::read, &["array"]),
        "mtx" => (matrix_market::read, &["duplicates"]),
        ending if table::ENDINGS.contains(&ending) || table::is_movielens(&source.name) => (table::read, table::KEYS),
        ending => return Err(DataError::UnknownFormat { path: path.to_owned(), way_out: way_out(ending) }),
    };
    if let Some(key) = keys.given().find(|key| !known.contains(key)) {
        let reason = format!("means nothing for a .{} file (leave it out)", source.ending());
        return Err(DataError::Key { path: path.to_owned(), key, reason });
    }
    reader(&source, keys)?.finish(&source)
}

/// Reads one format.
type Reader = fn(&Source, &Keys) -> Result<Contents, DataError>;

/// How to make a file of another format readable.
fn way_out(ending: &str) -> &'static str {
    match ending {
        "mat" => "; save it as `writematrix(X, \"x.csv\")` in MATLAB, or by scipy.io.loadmat and numpy.save",
        "xls" | "xlsx" | "ods" => "; save the sheet as CSV",
        "parquet" | "feather" | "h5" | "hdf5" | "pkl" | "pickle" | "rds" | "rdata" => "; save it as .csv or .npy",
        "pt" | "pth" | "safetensors" => "; save the tensor by numpy.save",
        _ => "",
    }
}

/// Most entries of a matrix, observed or not: a stray index of 10⁹ would otherwise ask for more memory than any machine has.
const LARGEST: usize = 1 << 28;

/// Refuses sizes that no matrix here has; `whence` names where they come from.
fn bounded(source: &Source, rows: usize, cols: usize, whence: &str) -> Result<(), DataError> {
    if rows.max(1).saturating_mul(cols.max(1)) <= LARGEST {
        return Ok(());
    }
    Err(source.unreadable(format!("{whence} make a {rows}×{cols} matrix, which is too large")))
}

#[cfg(test)]
#[expect(clippy::panic, clippy::indexing_slicing, reason = "a test may end with a panic")]
mod tests;
