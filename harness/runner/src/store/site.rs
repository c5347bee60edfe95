//! A directory before it is written to: that it is the right one, and nobody else's.

use std::io::ErrorKind;
use std::path::Path;

use flatbench_records::Environment;
use flatbench_records::directory::{
    BESIDE, CHOSEN, CLUSTER, PACKED, PARAMETERS, PARTS, RECORDS, TRAJECTORIES, is_packed, is_unfinished,
};

use super::aside::{own_folder, replace, sweep};
use super::earlier::put_back;
use super::lock::MARKER;
use super::{Lock, StoreError};

/// Files that may stand in a directory before its suite.toml.
const EARLY: [&str; 12] =
    [BESIDE, "lock", MARKER, "log.txt", TRAJECTORIES, PARAMETERS, RECORDS, HELD, PLUGINS, PARTS, CLUSTER, CHOSEN];

/// Folder with the copies of the libraries and data files that a session runs.
pub(super) const HELD: &str = ".held";
/// Folder with parcels of optimizers that were handed over from Python, made before anything else.
const PLUGINS: &str = "plugins";

/// Makes a directory ready to be written to by this process alone: makes it where it is missing, takes its lock, and cleans up
/// after a process that was killed. Returns the suite.toml that was there.
pub(super) fn occupy(path: &Path, suite: &str) -> Result<(Lock, Option<String>), StoreError> {
    let suite_before = inspect(path, suite)?;
    refuse_links(path)?;
    // Records that were begun beside the packed ones would stand for all of them.
    if is_packed(path).map_err(StoreError::io("find", &path.join(PACKED)))? {
        return Err(StoreError::Archive { directory: path.to_owned() });
    }
    std::fs::create_dir_all(path).map_err(StoreError::io("create", path))?;
    let lock = Lock::take(path)?;
    put_back(path)?;
    let trajectories = path.join(TRAJECTORIES);
    own_folder(&trajectories)?;
    sweep(path);
    sweep(&trajectories);
    sweep(&path.join(PARAMETERS));
    Ok((lock, suite_before))
}

/// Writes `suite.toml` and `environment.json`.
pub(super) fn describe(path: &Path, suite_toml: &str, environment: &Environment) -> Result<(), StoreError> {
    replace(&path.join("suite.toml"), suite_toml.as_bytes())?;
    #[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
    let mut json =
        serde_json::to_vec_pretty(&environment.clone().inside(path)).expect("names and numbers have a JSON form");
    json.push(b'\n');
    replace(&path.join("environment.json"), &json)
}

/// Refuses a directory of another suite, or of something else; returns its suite.toml.
fn inspect(path: &Path, suite: &str) -> Result<Option<String>, StoreError> {
    if path.exists() && !path.is_dir() {
        return Err(StoreError::NoFolder { path: path.to_owned() });
    }
    let suite_path = path.join("suite.toml");
    match std::fs::read_to_string(&suite_path) {
        Ok(text) => {
            let name = text.parse::<toml::Table>().ok();
            let name = name.as_ref().and_then(|table| table.get("name")).and_then(toml::Value::as_str);
            if name != Some(suite) {
                let found = name.unwrap_or("(unreadable suite.toml)").to_owned();
                return Err(StoreError::OtherSuite { directory: path.to_owned(), found, wanted: suite.to_owned() });
            }
            Ok(Some(text))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut foreign: Vec<String> = match std::fs::read_dir(path) {
                Ok(entries) => entries
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect::<Result<_, _>>()
                    .map_err(StoreError::io("list", path))?,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(StoreError::io("list", path)(error)),
            };
            foreign.retain(|name| !EARLY.contains(&name.as_str()) && !is_unfinished(name));
            foreign.sort();
            match foreign.into_iter().next() {
                Some(found) => Err(StoreError::Foreign { directory: path.to_owned(), found }),
                None => Ok(None),
            }
        }
        Err(error) => Err(StoreError::io("read", &suite_path)(error)),
    }
}

/// Refuses links in a directory and in the folders directly inside it: whoever prepared them would choose what is written.
fn refuse_links(path: &Path) -> Result<(), StoreError> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries(path).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut all = entries(path).chain(folders.flat_map(|folder| entries(&folder.path())));
    match all.find(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink())) {
        Some(link) => Err(StoreError::Link { path: link.path() }),
        None => Ok(()),
    }
}
