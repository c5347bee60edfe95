use std::fs::File;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

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
    let mut new = Replacement::begin(path)?;
    new.file().write_all(bytes)?;
    new.finish()
}

/// A file that is written beside its place and then put there, as [`place`] does it: for what is too long for memory. Half a
/// file is removed, since it helps nobody and may be what filled the disk.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    temporary: PathBuf,
    file: File,
    /// Whether it stands under its temporary name.
    unfinished: bool,
}

impl Replacement {
    /// Begins a file that is to stand at `path`.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!("{TEMPORARY}{name}"));
        let file = create_anew(&temporary)?;
        Ok(Replacement { path: path.to_owned(), temporary, file, unfinished: true })
    }

    /// The file that is written to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Waits until the content is on the disk, and puts the file in its place.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn finish(self) -> Result<(), Error> {
        self.file.sync_data()?;
        self.rename()
    }

    /// Puts the file in its place; its content reaches the disk when something else sees to that.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn rename(mut self) -> Result<(), Error> {
        std::fs::rename(&self.temporary, &self.path)?;
        self.unfinished = false;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.unfinished {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
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
