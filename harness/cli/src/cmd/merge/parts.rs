//! The run directories that are meant: those that are named, and those that a folder of parts holds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flatbench_records::directory::{PARTS, RECORDS, records_name};
use flatbench_runner::store::{StoreError, holder};

use crate::output::errln;
use crate::rerun;
use crate::status::Failure;

/// A run directory that is joined.
pub struct Part {
    pub path: PathBuf,
    /// What it is called in the report: its last name, or its path where another one has that name too.
    pub name: String,
    /// Whether somebody writes to it.
    pub going: bool,
}

/// Finds them, each once and none of them `out` itself. What is still being written is refused unless `partial` parts will do.
pub fn find(dirs: &[PathBuf], out: &Path, partial: bool) -> Result<Vec<Part>, Failure> {
    let identity = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut seen = BTreeSet::from([identity(out)]);
    let mut parts: Vec<Part> = Vec::new();
    for dir in dirs {
        let inside = stands_for(dir)?;
        for path in &inside.waiting {
            errln!("{} has no records yet: left out", path.display());
        }
        if inside.begun.is_empty() {
            return Err(none_in(dir));
        }
        for path in inside.begun {
            if !seen.insert(identity(&path)) {
                continue;
            }
            let going = match holder(&path).map_err(Failure::trouble)? {
                Some(holder) if !partial => {
                    return Err(Failure::usage(format!(
                        "{} is still being written by process {holder} (wait for it, or take what is whole with --partial)",
                        path.display()
                    )));
                }
                holder => holder.is_some(),
            };
            let last = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let taken = parts.iter().any(|part| part.name == last);
            let name = if taken { path.display().to_string() } else { last };
            parts.push(Part { path, name, going });
        }
    }
    Ok(parts)
}

/// The run directories that a folder stands for.
pub struct Inside {
    /// Those in which there may be records.
    pub begun: Vec<PathBuf>,
    /// Folders in which no session has come so far.
    pub waiting: Vec<PathBuf>,
}

/// A run directory stands for itself, and a folder with `parts/`, or one that is no run directory, for those in it.
pub fn stands_for(dir: &Path) -> Result<Inside, Failure> {
    let folder = dir.join(PARTS);
    let itself = rerun::is_run_directory(dir)?;
    let inside = match (folder.is_dir(), itself) {
        (true, _) => inside(&folder)?,
        (false, true) => Vec::new(),
        (false, false) => inside(dir)?,
    };
    let mut found = Inside { begun: Vec::from_iter(itself.then(|| dir.to_owned())), waiting: Vec::new() };
    for path in inside {
        match has_begun(&path)? {
            true => found.begun.push(path),
            false => found.waiting.push(path),
        }
    }
    Ok(found)
}

/// What is said of a folder that stands for none.
pub fn none_in(dir: &Path) -> Failure {
    Failure::usage(format!(
        "{} is no run directory, and has none in it: there is no {RECORDS} in it, in its folders, or in those of {PARTS}/",
        dir.display()
    ))
}

/// The folders in a folder, 2 before 10.
fn inside(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let trouble = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            Failure::usage(format!("{} is no folder", folder.display()))
        }
        _ => Failure::trouble(StoreError::Io { action: "list", path: folder.to_owned(), source: error }),
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(trouble)? {
        let entry = entry.map_err(trouble)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.file_type().map_err(trouble)?.is_dir() {
            found.push(entry.path());
        }
    }
    let number = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let digits: String =
            name.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        (digits.parse::<u64>().unwrap_or(0), name)
    };
    found.sort_by_cached_key(number);
    Ok(found)
}

/// Whether a session has come so far in a folder that there may be records: a file of them is made before suite and environment are
/// written.
fn has_begun(path: &Path) -> Result<bool, Failure> {
    let file = path.join(records_name(path));
    if !rerun::is_run_directory(path)? {
        return Ok(false);
    }
    let length = std::fs::metadata(&file)
        .map_err(|error| Failure::trouble(StoreError::Io { action: "read", path: file, source: error }))?
        .len();
    let is_there = |name: &str| path.join(name).exists();
    Ok(length > 0 || is_there("suite.toml") && is_there("environment.json"))
}
