use std::path::PathBuf;

/// Why a data file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Nothing there.
    #[error("data file {} does not exist (paths are relative to the suite file that names them)", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The ending says nothing.
    #[error(
        "data file {} has an unknown ending (known: .npy, .npz, .csv, .tsv, .txt, .dat, .data, .mtx, each also with .gz{way_out})",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// How to make one of these of it.
        way_out: &'static str,
    },
    /// It could not be read or parsed as a whole.
    #[error("data file {} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It can be read in several ways.
    #[error("data file {} can be read in two ways: {doubt} ({way_out})", path.display())]
    Doubtful {
        /// The file.
        path: PathBuf,
        /// What is not clear.
        doubt: String,
        /// The keys that settle it.
        way_out: String,
    },
    /// A key does not fit the file.
    #[error("data file {}: `{key}` {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No rows or no columns.
    #[error("data file {} holds no entries", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Only missing entries.
    #[error("data file {}: all entries are missing", path.display())]
    AllMissing {
        /// The file.
        path: PathBuf,
    },
    /// A line has another length than the others.
    #[error("data file {}, line {line}: {found} fields where the lines before have {expected} (every line is one row of the matrix)", path.display())]
    Ragged {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Fields of this line.
        found: usize,
        /// Fields of the others.
        expected: usize,
    },
    /// A field that is not what it has to be.
    #[error("data file {}, line {line}: {found:?} is not {expected}", path.display())]
    BadField {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The field.
        found: String,
        /// What is allowed, and which key might help.
        expected: &'static str,
    },
    /// An infinite entry.
    #[error("data file {}: entry at row {row}, column {column} (from 0) is {value} (entries are finite; leave out what is missing)", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// An index outside the declared sizes.
    #[error("data file {}, line {line}: index ({row}, {column}) is outside the declared {rows}×{cols} matrix", path.display())]
    OutOfRange {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Row as written.
        row: i64,
        /// Column as written.
        column: i64,
        /// Declared rows.
        rows: usize,
        /// Declared columns.
        cols: usize,
    },
    /// The same entry twice.
    #[error("data file {}, line {line}: entry ({row}, {column}) is given twice (`duplicates` = \"last\" or \"mean\" says what counts)", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Row as written.
        row: String,
        /// Column as written.
        column: String,
    },
}

impl DataError {
    /// The key of the case that is at fault, where it is one.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            DataError::Key { key, .. } => Some(key),
            _ => None,
        }
    }
}
