use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use super::StoreError;

/// Appends lines to a file and waits until they are on the disk.
pub(super) fn append<'a>(path: &Path, lines: impl IntoIterator<Item = &'a [u8]>) -> Result<(), StoreError> {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
    }
    if bytes.is_empty() {
        return Ok(());
    }
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(StoreError::io("open", path))?;
    file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(StoreError::io("write", path))
}

/// Puts a whole file in its place in one step: a reader finds the old or the new one, never a part. When this returns, that
/// is on the disk.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    place(path, bytes)?;
    path.parent().map_or(Ok(()), sync_folder).map_err(StoreError::io("write", path))
}

/// As [`replace`], but the name of the file may reach the disk later. A journaling file system writes it no later than the
/// next file that is synchronised.
pub(super) fn place(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!("{TEMPORARY}{name}"));
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|error| {
        // Half a temporary file helps nobody, and may be what filled the disk.
        let _ = std::fs::remove_file(&temporary);
        StoreError::io("write", path)(error)
    })
}

/// Waits until the names in a folder are on the disk: a new name is not safe before.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what a killed process left behind while replacing a file.
pub(super) fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry.file_name().to_string_lossy()) {
            // A leftover that stays does no harm.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether a file of this name was being written when its process was killed.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// How names of unfinished files begin.
const TEMPORARY: &str = ".unfinished-";
