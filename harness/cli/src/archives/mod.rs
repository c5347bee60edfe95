//! Archives: run directories that ship, and stand beside what is run by their names.

mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_runner::suite::{nearest, suggestion};

use crate::plugins;
use crate::program::Program;
use crate::rerun::is_run_directory;
use crate::status::Failure;

pub use summary::{Summary, environment, size};

/// Folder of reports in a source tree, each folder of which that is a run directory is an archive.
pub const REPORTS: &str = "reports";

/// Folder in it with what is run here, which is no archive.
const LOCAL: &str = "local";

/// Every archive there is by its name: those of the source tree, and those that were installed with the program.
pub fn all() -> Result<BTreeMap<String, PathBuf>, Failure> {
    let tree = plugins::source_tree()?.map(|tree| tree.root().join(REPORTS));
    let installed = Program::own().archives();
    let mut found = BTreeMap::new();
    for folder in tree.into_iter().chain(installed) {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if name != LOCAL && !name.starts_with('.') && is_run_directory(&path)? {
                found.entry(name).or_insert(path);
            }
        }
    }
    Ok(found)
}

/// What the user means by the name of an archive or the path of a run directory: its name and where it is.
pub fn find(text: &str) -> Result<(String, PathBuf), Failure> {
    let path = Path::new(text);
    let archives = all()?;
    if let Some(archive) = archives.get(text) {
        return Ok((text.to_owned(), archive.clone()));
    }
    if is_run_directory(path)? {
        let absolute = path.canonicalize().map_err(Failure::trouble)?;
        let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok((name, absolute));
    }
    if path.exists() {
        return Err(Failure::usage(format!("{text} is no run directory: it has no records.jsonl, packed or not")));
    }
    let known = match archives.is_empty() {
        true => "there is none here".to_owned(),
        false => suggestion(text, archives.keys().map(String::as_str)),
    };
    Err(Failure::usage(format!("no archive `{text}` ({known}; or give the path of a run directory)")))
}

/// What is said of a path that leads to no run directory, with the archive that may be meant.
pub fn no_run_directory(path: &Path) -> Failure {
    let archives = all().unwrap_or_default();
    let meant = path.to_str().filter(|_| !path.exists());
    let near = meant.and_then(|name| archives.get(nearest(name, archives.keys().map(String::as_str))?));
    let help = near.map_or_else(String::new, |archive| format!(" (did you mean the archive {}?)", archive.display()));
    Failure::usage(format!("{} is no run directory: it has no records.jsonl{help}", path.display()))
}

/// The run directory that a path leads to, or else the archive of that name.
pub fn directory(path: &Path) -> Result<PathBuf, Failure> {
    match path.to_str() {
        Some(name) if !path.exists() && !name.contains('/') => match all()?.remove(name) {
            Some(archive) => Ok(archive),
            None => Ok(path.to_owned()),
        },
        _ => Ok(path.to_owned()),
    }
}
