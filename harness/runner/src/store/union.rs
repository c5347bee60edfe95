use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flatbench_records::Environment;
use flatbench_records::directory::{
    Flaw, FlawKind, PACKED_TRAJECTORIES, PARAMETERS, RECORDS, RecordsFile, Replacement, TRAJECTORIES, Text,
    Trajectories, place, records_name, trajectory_file,
};

use super::aside::{append, own_folder, sync_folder};
use super::directory::{REJECTED, RETRIED, TORN};
use super::earlier::is_there;
use super::site::{describe, occupy};
use super::{Lock, StoreError};

/// Lines of a file of records that stand next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Byte of the file that the first one begins at.
    pub offset: u64,
    /// Bytes up to the end of the last one, without its line break.
    pub length: u64,
}

/// A file of records as it was read: what stands there later under its name may be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    device: u64,
    inode: u64,
    /// Bytes. A file that is being written grows, and what was read of it stays.
    length: u64,
}

impl Seen {
    /// What an open file is.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn of(file: &File) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let about = file.metadata()?;
        Ok(Seen { device: about.dev(), inode: about.ino(), length: about.len() })
    }

    /// Whether the same file is there, written to or not.
    fn is_still(self, now: Seen) -> bool {
        Seen { length: now.length, ..self } == now && now.length >= self.length
    }
}

/// A run directory that others are joined in: it takes their lines and files as they are, so that a million records need no more
/// memory than one. Its records appear all at once, in [`Union::publish`], after everything that belongs to them.
#[derive(Debug)]
pub struct Union {
    path: PathBuf,
    /// Whether a file was copied, which the disk may not have yet.
    copied: bool,
    /// Whether parameters of earlier attempts may be there.
    has_parameters: bool,
    /// What other directories have of trajectories in one file, as archives do.
    archived: BTreeMap<PathBuf, Trajectories>,
    _lock: Lock,
}

impl Union {
    /// Opens a directory for a suite, making it where it is missing.
    ///
    /// # Errors
    /// As [`RunDirectory::open`](super::RunDirectory::open).
    pub fn open(path: &Path, suite: &str) -> Result<Self, StoreError> {
        let (lock, _) = occupy(path, suite)?;
        let has_parameters = is_there(&path.join(PARAMETERS))?;
        Ok(Union { path: path.to_owned(), copied: false, has_parameters, archived: BTreeMap::new(), _lock: lock })
    }

    /// Writes `suite.toml` and `environment.json`.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn describe(&self, suite_toml: &str, environment: &Environment) -> Result<(), StoreError> {
        describe(&self.path, suite_toml, environment)
    }

    /// Moves flawed lines of the directory itself aside.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn move_aside(&self, flaws: &[Flaw]) -> Result<(), StoreError> {
        let of = |torn: bool| {
            flaws.iter().filter(move |flaw| (flaw.kind == FlawKind::Torn) == torn).map(|flaw| flaw.text.as_slice())
        };
        append(&self.path.join(TORN), of(true))?;
        append(&self.path.join(REJECTED), of(false))
    }

    /// Sets records aside that those of later attempts take the place of.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn set_aside(&self, lines: &[Vec<u8>]) -> Result<(), StoreError> {
        append(&self.path.join(RETRIED), lines.iter().map(Vec::as_slice))
    }

    /// Takes the trajectory of a run from another directory, if it is there. What an earlier attempt left is replaced.
    ///
    /// # Errors
    /// Trouble with a disk.
    pub fn take_trajectory(&mut self, from: &Path, key: &str) -> Result<bool, StoreError> {
        if self.take(from, TRAJECTORIES, &format!("{key}.json"))? {
            return Ok(true);
        }
        if !self.archived.contains_key(from) {
            let kept = Trajectories::open(from).map_err(StoreError::io("read", &from.join(PACKED_TRAJECTORIES)))?;
            self.archived.insert(from.to_owned(), kept);
        }
        let Some(json) = self.archived.get(from).and_then(|kept| kept.packed(key)) else { return Ok(false) };
        let path = trajectory_file(&self.path, key);
        place(&path, json.as_bytes()).map_err(StoreError::io("write", &path))?;
        Ok(true)
    }

    /// Takes the parameters of a run from another directory, if they are there.
    ///
    /// # Errors
    /// Trouble with a disk.
    pub fn take_parameters(&mut self, from: &Path, key: &str) -> Result<bool, StoreError> {
        if !self.has_parameters {
            own_folder(&self.path.join(PARAMETERS))?;
            self.has_parameters = true;
        }
        self.take(from, PARAMETERS, &format!("{key}.npz"))
    }

    /// Removes parameters that an earlier attempt of a run left, so that they are not taken for those of its record.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn forget_parameters(&self, key: &str) -> Result<(), StoreError> {
        match self.has_parameters {
            true => remove(&flatbench_records::directory::parameters_file(&self.path, key)),
            false => Ok(()),
        }
    }

    /// Whether the parameters of a run are there.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn has_parameters(&self, key: &str) -> Result<bool, StoreError> {
        Ok(self.has_parameters && is_there(&flatbench_records::directory::parameters_file(&self.path, key))?)
    }

    /// Puts the file of records in the place of `own`, as it was read or not found: the lines of these directories' files, in this
    /// order. What was taken before is on the disk by then.
    ///
    /// # Errors
    /// Trouble with a disk, or a file that has been replaced since it was read; then no record has come or gone.
    pub fn publish(&self, own: Option<Seen>, sources: &[(PathBuf, Seen, Vec<Stretch>)]) -> Result<(), StoreError> {
        let synced = self.sync_files();
        synced.map_err(StoreError::io("write", &self.path.join(TRAJECTORIES)))?;
        let path = self.path.join(RECORDS);
        let now = match File::open(&path) {
            Ok(file) => Some(Seen::of(&file).map_err(StoreError::io("read", &path))?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        if now != own {
            return Err(StoreError::Changed { path });
        }
        let mut new = Replacement::begin(&path).map_err(StoreError::io("write", &path))?;
        for (directory, seen, stretches) in sources {
            let source = directory.join(records_name(directory));
            let file = RecordsFile::open(directory).map_err(StoreError::io("read", &source))?;
            if !seen.is_still(Seen::of(file.file()).map_err(StoreError::io("read", &source))?) {
                return Err(StoreError::Changed { path: source });
            }
            let mut file = file.text().map_err(StoreError::io("read", &source))?;
            for &stretch in stretches {
                copy(&mut *file, stretch, new.file()).map_err(StoreError::io("copy lines of", &source))?;
            }
        }
        new.finish().and_then(|()| sync_folder(&self.path)).map_err(StoreError::io("write", &path))
    }

    fn sync_files(&self) -> std::io::Result<()> {
        let folder = File::open(self.path.join(TRAJECTORIES))?;
        folder.sync_all()?;
        if self.has_parameters {
            sync_folder(&self.path.join(PARAMETERS))?;
        }
        if self.copied { sync_all_of(&folder) } else { Ok(()) }
    }

    /// A second name for a file, which shares its place on the disk since no file of a run directory is written to again; a copy
    /// where that cannot be, on another disk or of somebody else's.
    fn take(&mut self, from: &Path, folder: &str, name: &str) -> Result<bool, StoreError> {
        let source = from.join(folder).join(name);
        let kind = match std::fs::symlink_metadata(&source) {
            Ok(about) => about.file_type(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("read", &source)(error)),
        };
        let target = self.path.join(folder).join(name);
        let link = || match std::fs::hard_link(&source, &target) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                std::fs::remove_file(&target)?;
                std::fs::hard_link(&source, &target)
            }
            linked => linked,
        };
        // A link in the place of a file would lead out of the directory.
        if kind.is_file() && link().is_ok() {
            return Ok(true);
        }
        self.copied = true;
        let mut original = File::open(&source).map_err(StoreError::io("read", &source))?;
        let mut copy = || {
            let mut new = Replacement::begin(&target)?;
            std::io::copy(&mut original, new.file())?;
            new.rename()
        };
        copy().map_err(StoreError::io("write", &target)).map(|()| true)
    }
}

/// Copies lines, and ends the last of them.
fn copy(from: &mut dyn Text, stretch: Stretch, to: &mut File) -> std::io::Result<()> {
    use std::io::Read;
    from.seek(SeekFrom::Start(stretch.offset))?;
    let copied = std::io::copy(&mut from.take(stretch.length), to)?;
    if copied != stretch.length {
        return Err(std::io::Error::new(ErrorKind::UnexpectedEof, "it has become shorter since it was read"));
    }
    to.write_all(b"\n")
}

fn remove(file: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", file)(error)),
        _ => Ok(()),
    }
}

/// Waits until all that was written to the file system of a folder is on the disk.
#[cfg(target_os = "linux")]
fn sync_all_of(folder: &File) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

#[cfg(not(target_os = "linux"))]
fn sync_all_of(_folder: &File) -> std::io::Result<()> {
    rustix::fs::sync();
    Ok(())
}
