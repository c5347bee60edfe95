use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::aside::open;

/// Keeps other processes from writing to a run directory. The file holds the number of the process; the lock itself is the
/// system's, so it ends with the process however that ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the lock of a directory.
    ///
    /// # Errors
    /// [`StoreError::Locked`] with the holder, or trouble with the file.
    pub fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("lock");
        loop {
            let mut file = open(&path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                    let holder = if known { holder.trim().to_owned() } else { "unknown".into() };
                    return Err(StoreError::Locked { directory: directory.to_owned(), holder });
                }
                Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
            }
            // A holder removes the file when it is done: what was opened may be the removed one.
            if !is_at(&file, &path).map_err(StoreError::io("find", &path))? {
                continue;
            }
            let write = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())
            };
            write(&mut file).map_err(StoreError::io("write", &path))?;
            return Ok(Lock { path, _file: file });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Left behind, the file would only be taken over by the next process.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether an open file still stands at `path` itself.
pub(super) fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok(open.ino() == named.ino() && open.dev() == named.dev()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
