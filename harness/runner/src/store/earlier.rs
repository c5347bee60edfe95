use std::path::{Path, PathBuf};

use flatbench_records::directory::{PARAMETERS, RECORDS, TRAJECTORIES};

use super::StoreError;
use super::aside::{own_folder, sync_folder};

/// What belongs together. Records go last: as long as they are in place, the directory is seen to have some.
const FILES: [&str; 4] = [TRAJECTORIES, PARAMETERS, SUPERSEDED, RECORDS];

/// File of the records that belong to no planned run.
pub(super) const SUPERSEDED: &str = "records.superseded.jsonl";

/// Folder of everything that was set aside.
const EARLIER: &str = "earlier";

/// Where things are until all of them are there.
const UNFINISHED: &str = ".unfinished";

/// Moves records, trajectories and parameters to a new folder `earlier/N`, which appears with all of them.
pub(super) fn set_aside(directory: &Path) -> Result<PathBuf, StoreError> {
    let earlier = directory.join(EARLIER);
    let gathered = earlier.join(UNFINISHED);
    own_folder(&earlier)?;
    own_folder(&gathered)?;
    for name in FILES {
        move_if_there(&directory.join(name), &gathered.join(name))?;
    }
    let folder = (1..).map(|n: u32| earlier.join(n.to_string())).find(|folder| !folder.exists());
    let folder = folder.unwrap_or_else(|| earlier.clone());
    move_if_there(&gathered, &folder)?;
    sync_folder(&earlier).map_err(StoreError::io("write", &earlier))?;
    Ok(folder)
}

/// Moves back what a process was setting aside when it ended.
pub(super) fn put_back(directory: &Path) -> Result<(), StoreError> {
    let gathered = directory.join(EARLIER).join(UNFINISHED);
    if !is_there(&gathered)? {
        return Ok(());
    }
    for name in FILES.iter().rev() {
        move_if_there(&gathered.join(name), &directory.join(name))?;
    }
    std::fs::remove_dir(&gathered).map_err(StoreError::io("remove", &gathered))
}

fn move_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    if is_there(from)? {
        std::fs::rename(from, to).map_err(StoreError::io("move", from))?;
    }
    Ok(())
}

/// Whether something is there. That it cannot be looked at does not mean that it is not.
pub(super) fn is_there(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(StoreError::io("find", path))
}
