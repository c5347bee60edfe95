//! What a session holds on to: copies of the libraries and data files that keys were made from. The originals may be built or
//! written anew while it runs; what its records say they are of stays.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use flatbench_records::directory::{create_anew, own_folder};
use flatbench_records::protocol::DataFile;
use rustix::fs::{StatVfsMountFlags, statvfs};

use crate::household::secret;
use crate::plan::PlannedRun;
use crate::plugins::{Plugin, hash_of, name_of_copy};
use crate::store::StoreError;

/// Folders with the copies. They go with the value; one that a killed session leaves in the run directory is overwritten by the
/// next.
pub(crate) struct Holdings {
    /// In the run directory: data.
    folder: PathBuf,
    /// Where code can be loaded from: the same, or one in the folder for temporary files.
    libraries: PathBuf,
    pub(crate) plugins: Vec<Plugin>,
    /// Copies by their originals.
    data: BTreeMap<PathBuf, PathBuf>,
}

impl Holdings {
    /// Copies the libraries, and makes sure that the copies are what was hashed.
    ///
    /// # Errors
    /// Trouble with the disk; a library that has changed since; no folder that code can be loaded from.
    pub(crate) fn new<'a>(folder: &Path, plugins: impl Iterator<Item = &'a Plugin>) -> Result<Self, StoreError> {
        own_folder(folder).map_err(StoreError::at("create", folder))?;
        let folder = folder.canonicalize().map_err(StoreError::io("find", folder))?;
        let mut holdings =
            Holdings { libraries: folder_for_code(&folder)?, folder, plugins: Vec::new(), data: BTreeMap::new() };
        for plugin in plugins {
            let library = holdings.libraries.join(name_of_copy(plugin));
            copy(&plugin.library, &library).map_err(StoreError::io("copy a library to", &library))?;
            let hash = hash_of(&library).map_err(StoreError::io("read", &library))?;
            if hash != plugin.hash {
                return Err(StoreError::Changed { path: plugin.library.clone() });
            }
            holdings.plugins.push(Plugin { library, ..plugin.clone() });
        }
        Ok(holdings)
    }

    /// Copies the data files of some runs, which from here on are read from there. That they are what was hashed is seen by whoever
    /// reads them.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub(crate) fn hold_data(&mut self, runs: &mut [PlannedRun]) -> Result<(), StoreError> {
        for data in runs.iter_mut().filter_map(|run| run.data.as_mut()) {
            data.path = self.copy_of(data)?;
        }
        Ok(())
    }

    fn copy_of(&mut self, data: &DataFile) -> Result<PathBuf, StoreError> {
        if let Some(copy) = self.data.get(&data.path) {
            return Ok(copy.clone());
        }
        // The name says how it is read.
        let folder = self.folder.join(self.data.len().to_string());
        own_folder(&folder).map_err(StoreError::at("create", &folder))?;
        let held = folder.join(data.path.file_name().unwrap_or_default());
        copy(&data.path, &held).map_err(StoreError::io("copy the data file", &data.path))?;
        self.data.insert(data.path.clone(), held.clone());
        Ok(held)
    }
}

impl Drop for Holdings {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = std::fs::remove_dir_all(&self.libraries);
    }
}

/// Copies a file with its permissions; what stands at `to` is replaced.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let (mut source, mut copy) = (File::open(from)?, create_anew(to)?);
    copy.set_permissions(source.metadata()?.permissions())?;
    std::io::copy(&mut source, &mut copy).map(|_| ())
}

/// A folder that libraries can be loaded from: `folder`, unless it is on a file system that is mounted `noexec`, as those for
/// results on shared machines often are.
fn folder_for_code(folder: &Path) -> Result<PathBuf, StoreError> {
    let executable =
        |folder: &Path| statvfs(folder).map_or(true, |system| !system.f_flag.contains(StatVfsMountFlags::NOEXEC));
    if executable(folder) {
        return Ok(folder.to_owned());
    }
    let temporary = std::env::temp_dir();
    if !executable(&temporary) {
        return Err(StoreError::NoExec { folders: [folder.to_owned(), temporary] });
    }
    let own = temporary.join(format!("flatbench-{}", secret()));
    DirBuilder::new().mode(0o700).create(&own).map_err(StoreError::io("create", &own))?;
    Ok(own)
}
