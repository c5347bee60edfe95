use std::path::{Path, PathBuf};

use crate::cases::CaseError;

/// Why an instance was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be drawn.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The folder holds something else.
    #[error("{} is not empty and holds no instance.json (choose an empty or new folder with --out)", .0.display())]
    Foreign(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {reason}", .path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl ExportError {
    pub(super) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> ExportError {
        let path = path.to_owned();
        move |error| ExportError::Write { path, reason: error.to_string() }
    }
}
