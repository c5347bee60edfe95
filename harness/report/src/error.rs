use std::path::PathBuf;

/// What keeps a report from being written. Everything that is wrong with single records is told inside the report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No directory was given.
    #[error("no run directory was given (name at least one that `flatbench run` has written)")]
    Nothing,
    /// There are no records.
    #[error("{} does not exist (write records first, with `flatbench run --out {}`)", path.join(flatbench_records::directory::RECORDS).display(), flatbench_records::quoted_path(path))]
    NoRecords {
        /// The directory.
        path: PathBuf,
    },
    /// Every record is from a newer flatbench.
    #[error("all {count} records in {} have format {found}, and this flatbench reads formats up to {} (use a newer flatbench)", path.display(), flatbench_records::FORMAT)]
    Newer {
        /// The file.
        path: PathBuf,
        /// Number of records.
        count: usize,
        /// Newest format among them.
        found: u32,
    },
    /// A file could not be read.
    #[error("cannot read {} ({source})", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {} ({source})", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
