//! What stands at a path. A file that cannot be looked at is trouble, and is not taken for one that is not there: another one
//! might be used in its place.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::PluginError;

/// Whether a file is there.
pub(super) fn is_file(path: &Path) -> Result<bool, PluginError> {
    looks(path, Metadata::is_file)
}

/// Whether a folder is there.
pub(super) fn is_dir(path: &Path) -> Result<bool, PluginError> {
    looks(path, Metadata::is_dir)
}

/// What a folder contains, sorted; nothing where it is missing.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, PluginError> {
    let unreadable = |reason| PluginError::Unreadable { library: folder.to_owned(), reason };
    if !is_dir(folder)? {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

fn looks(path: &Path, as_wanted: fn(&Metadata) -> bool) -> Result<bool, PluginError> {
    match std::fs::metadata(path) {
        Ok(about) => Ok(as_wanted(&about)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(reason) => Err(PluginError::Unreadable { library: path.to_owned(), reason }),
    }
}
