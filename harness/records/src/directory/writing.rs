use std::fs::File;
use std::io::{Error, ErrorKind, Write};
use std::path::Path;

/// How names of unfinished files begin.
const TEMPORARY: &str = ".unfinished-";

/// Whether a file of this name was being written when its process was killed.
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Puts a whole file in its place in one step: a reader finds the old or the new one, never a part. A link that stands there,
/// or under the temporary name, is replaced and not followed. The content is on the disk when this returns; the name may reach
/// it later, no later than the next file that is synchronised.
///
/// # Errors
/// Trouble with the disk.
pub fn place(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!("{TEMPORARY}{name}"));
    let write = || {
        let mut file = create_anew(&temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    };
    write().inspect_err(|_| {
        // Half a temporary file helps nobody, and may be what filled the disk.
        let _ = std::fs::remove_file(&temporary);
    })
}

/// Creates a file that is nobody else's: what stands under its name is removed, never written to or through.
///
/// # Errors
/// Trouble with the disk, or somebody who puts something there in the same moment.
pub fn create_anew(path: &Path) -> Result<File, Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => File::create_new(path),
    }
}

/// Makes a folder where it is missing. What stands there has to be a folder itself, and no link to one.
///
/// # Errors
/// Trouble with the disk, or something else in its place.
pub fn own_folder(path: &Path) -> Result<(), Error> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match std::fs::symlink_metadata(path)?.is_dir() {
            true => Ok(()),
            false => {
                Err(Error::new(ErrorKind::NotADirectory, "a link or a file stands in the place of a folder: remove it"))
            }
        },
        made => made,
    }
}
