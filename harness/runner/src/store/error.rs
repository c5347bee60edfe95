use std::path::{Path, PathBuf};

use flatbench_records::directory::PACKED;
use flatbench_records::quoted_path;

/// Why a run directory cannot be used, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk, or the permission, is missing. What was recorded before is complete.
    #[error("cannot {action} {}: {source} (everything recorded so far is kept: run again to continue)", .path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it was when the plan was made.
    #[error("{} has changed since it was read at the start of this session (was it built or written anew? run again)", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Nowhere to load libraries from.
    #[error(
        "no library can be loaded from {} or from {}: both are mounted noexec (set TMPDIR to a folder that code may be loaded from)",
        .folders[0].display(), .folders[1].display()
    )]
    NoExec {
        /// The folders that were tried.
        folders: [PathBuf; 2],
    },
    /// Another process writes there.
    #[error("{} is in use by process {holder} (wait for it, or choose another folder with --out)", .directory.display())]
    Locked {
        /// Run directory.
        directory: PathBuf,
        /// Its process number, or "unknown".
        holder: String,
        /// Whether that ends by itself in some minutes if the process was killed.
        ends: bool,
    },
    /// The directory is an archive, which nothing is added to.
    #[error(
        "{} is an archive: its records are packed, and nothing is added to them (choose another folder with --out, or unpack them with \
         `gunzip {}`)",
        .directory.display(), quoted_path(&.directory.join(PACKED))
    )]
    Archive {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory belongs to another suite.
    #[error("{} holds runs of the suite `{found}`, not `{wanted}` (choose another folder with --out)", .directory.display())]
    OtherSuite {
        /// Run directory.
        directory: PathBuf,
        /// Suite found.
        found: String,
        /// Suite wanted.
        wanted: String,
    },
    /// The directory holds something else.
    #[error("{} is no run directory: it contains {found} but no suite.toml (choose an empty or new folder with --out)", .directory.display())]
    Foreign {
        /// Directory.
        directory: PathBuf,
        /// One of the files in it.
        found: String,
    },
    /// Something else than a folder stands there.
    #[error("{} is no folder (choose another place with --out)", .path.display())]
    NoFolder {
        /// What it is.
        path: PathBuf,
    },
    /// Something in the directory leads out of it.
    #[error("{} is a symbolic link, through which a run would write elsewhere (put what it leads to in its place, or choose another folder with --out)", .path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Processes that share the directory mean another plan.
    #[error(
        "{} is shared by runs of another plan: another suite, other options, or libraries that were built elsewhere (start all with the same, \
         or choose another folder with --out)",
        .directory.display()
    )]
    OtherPlan {
        /// Run directory.
        directory: PathBuf,
    },
    /// A directory that settings cannot be chosen from.
    #[error("no tuning can be taken from {}: {reason}", .directory.display())]
    NotTunedIn {
        /// Directory.
        directory: PathBuf,
        /// Why.
        reason: String,
    },
    /// A newer flatbench wrote the records.
    #[error("{}:{line}: record format {found} is newer than {known}, which this flatbench reads (update flatbench, or choose another folder with --out)", .path.display())]
    Newer {
        /// File.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Format found.
        found: u32,
        /// Newest format known.
        known: u32,
    },
}

impl StoreError {
    /// For `map_err` on a file operation.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| StoreError::Io { action, path, source }
    }

    /// As [`StoreError::io`], for what must be no link: names it where it is one.
    pub(crate) fn at(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| match path.is_symlink() {
            true => StoreError::Link { path },
            false => StoreError::Io { action, path, source },
        }
    }

    /// Whether the directory is the wrong one, rather than the disk in trouble.
    pub fn is_refusal(&self) -> bool {
        !matches!(self, StoreError::Io { .. })
    }
}
