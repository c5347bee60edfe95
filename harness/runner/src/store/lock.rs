use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::aside::open;
use super::lease::{Beat, SILENCE, is_over, is_own, this_process};

/// The file that stands for a lock where there are none.
pub(super) const MARKER: &str = "lock.holder";

/// Keeps other processes from writing to a run directory. The file holds the number of the process; the lock itself is the
/// system's, so it ends with the process however that ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
    /// Where the file system has no locks.
    _marker: Option<Marker>,
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
            let mut marker = None;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    marker = Some(Marker::set(directory)?);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Locked {
                        directory: directory.to_owned(),
                        holder: process_in(file),
                        ends: false,
                    });
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
            return Ok(Lock { path, _file: file, _marker: marker });
        }
    }
}

/// Who writes to a directory at this moment: a process number, or "unknown". On a file system without locks, and from another machine, a
/// writer that was killed looks for some minutes like one that goes on; where locks do not reach other machines, it is the other way
/// round.
///
/// # Errors
/// It cannot be told.
pub fn holder(directory: &Path) -> Result<Option<String>, StoreError> {
    let path = directory.join("lock");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::io("open", &path)(error)),
    };
    match file.try_lock_shared() {
        // A killed process left the file. The lock taken here goes with it at once.
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(process_in(file))),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Marker::holder(directory),
        Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &path)(error)),
    }
}

/// The process number in a lock file.
fn process_in(mut file: File) -> String {
    let mut holder = String::new();
    let known = file.read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
    if known { holder.trim().to_owned() } else { "unknown".into() }
}

/// A lock on a file system that has none (some of Lustre, NFS): a file that one process can make, and renews as long as it lives. Unlike a
/// lock it outlives a process that is killed, and is then taken over: on the same machine at once, elsewhere when it has been silent.
#[derive(Debug)]
struct Marker {
    path: PathBuf,
    text: String,
    /// Ends before the file is removed.
    beat: Option<Beat>,
}

impl Marker {
    fn set(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(MARKER);
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    let text = format!("{}\n", this_process());
                    let beat = Some(Beat::begin(path.clone(), text.clone()));
                    let own = Marker { path, text, beat };
                    file.write_all(own.text.as_bytes()).map_err(StoreError::io("write", &own.path))?;
                    return Ok(own);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(StoreError::io("create", &path)(error)),
            }
            if let Some(holder) = Marker::holder(directory)? {
                let minutes = SILENCE.as_secs() / 60;
                let holder = format!(
                    "{holder}; if that is no more, its lock ends {minutes} minutes after its last sign of life"
                );
                return Err(StoreError::Locked { directory: directory.to_owned(), holder, ends: true });
            }
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &path)(error));
                }
                _ => {}
            }
        }
    }

    /// Who made the file, unless that process is known to be gone.
    fn holder(directory: &Path) -> Result<Option<String>, StoreError> {
        let path = directory.join(MARKER);
        let holder = match std::fs::read_to_string(&path) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        // Named so that what a process leaves that is killed in that moment is swept away.
        let probe = directory.join(format!(".unfinished-clock.{}", std::process::id()));
        // In a directory that can only be read, nobody is known to be gone.
        let over = is_over(&path, &holder, &probe).unwrap_or(false);
        Ok(Some(holder).filter(|_| !over))
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        drop(self.beat.take());
        if is_own(&self.path, &self.text) {
            let _ = std::fs::remove_file(&self.path);
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
