use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flatbench_records::directory::{self, is_unfinished};
use rustix::fs::OFlags;

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
    let mut file = open_to_append(path)?;
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
    directory::place(path, bytes).map_err(StoreError::io("write", path))
}

/// Opens a file of a run directory for writing, but no other one through a link in its place.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> Result<File, StoreError> {
    options.custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path).map_err(StoreError::at("open", path))
}

/// [`open`] for adding to the end of a file, which is made where it is missing.
pub(super) fn open_to_append(path: &Path) -> Result<File, StoreError> {
    open(path, OpenOptions::new().append(true).create(true))
}

/// Makes a folder where it is missing; a link to one is refused.
pub(super) fn own_folder(path: &Path) -> Result<(), StoreError> {
    directory::own_folder(path).map_err(StoreError::at("create", path))
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
