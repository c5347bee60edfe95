use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use flatbench_records::directory::{
    BESIDE, Beside, Contents, Flaw, FlawKind, PARAMETERS, RECORDS, TRAJECTORIES, parameters_file, records_name,
    set_beside, trajectory, trajectory_file,
};
use flatbench_records::{Environment, FORMAT, Record, Trajectory};

use super::aside::{append, open_to_append, own_folder, place, replace, sync_folder};
use super::earlier::{SUPERSEDED, is_there, set_aside};
use super::lock::is_at;
use super::site::{HELD, describe, occupy};
use super::{Lock, StoreError};

/// Last lines that were cut off.
pub(super) const TORN: &str = "records.torn.jsonl";
/// Lines that are no records of the suite.
pub(super) const REJECTED: &str = "records.rejected.jsonl";
/// Records that were set aside to be done again.
pub(super) const RETRIED: &str = "records.retried.jsonl";

/// A run directory open for writing: no other process writes there.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    records: Vec<Record>,
    by_key: BTreeMap<String, usize>,
    file: File,
    /// Released, and removed, last.
    _lock: Lock,
}

/// A directory as it was found.
#[derive(Debug)]
pub struct Opened {
    /// The directory.
    pub directory: RunDirectory,
    /// Lines that were moved aside.
    pub flaws: Vec<Flaw>,
    /// The suite.toml that was there.
    pub suite_before: Option<String>,
}

/// What becomes of a record when the plan is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// It stays with other labels.
    Relabel(Box<Record>),
    /// It belongs to no planned run and goes to `records.superseded.jsonl`.
    Retire,
}

impl RunDirectory {
    /// Opens a directory for a suite, making it where it is missing, and repairs its records.
    ///
    /// # Errors
    /// Another suite's directory, something else's, no folder at all, one with links in it, one in use, records of a newer format, or trouble with
    /// the disk. Nothing has been changed in the first six cases.
    pub fn open(path: &Path, suite: &str) -> Result<Opened, StoreError> {
        let (lock, suite_before) = occupy(path, suite)?;
        let file_path = path.join(RECORDS);
        let contents = read(&file_path, Some(suite))?;
        let of = |torn: bool| {
            let kept = contents.flaws.iter().filter(move |flaw| (flaw.kind == FlawKind::Torn) == torn);
            kept.map(|flaw| flaw.text.as_slice()).collect::<Vec<_>>()
        };
        append(&path.join(TORN), of(true))?;
        append(&path.join(REJECTED), of(false))?;
        if !contents.flaws.is_empty() || contents.unfinished {
            replace(&file_path, &lines_of(&contents.records))?;
        }
        let directory = RunDirectory {
            path: path.to_owned(),
            by_key: index(&contents.records),
            records: contents.records,
            file: open_records(&file_path)?,
            _lock: lock,
        };
        Ok(Opened { directory, flaws: contents.flaws, suite_before })
    }

    /// Records of a directory that is only read. Flawed lines are left out and returned.
    ///
    /// # Errors
    /// Records of a newer format, or trouble with the file.
    pub fn read(path: &Path) -> Result<(Vec<Record>, Vec<Flaw>), StoreError> {
        let file = path.join(records_name(path));
        let contents = understood(Contents::of(path, None), &file)?;
        Ok((contents.records, contents.flaws))
    }

    /// Records of the text of a records file. Flawed lines are left out and returned.
    ///
    /// # Errors
    /// Records of a newer format.
    pub fn parse(text: &[u8]) -> Result<(Vec<Record>, Vec<Flaw>), StoreError> {
        let contents = known(Contents::parse(text, None), Path::new(RECORDS))?;
        Ok((contents.records, contents.flaws))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Folder for the copies of the libraries and data files that a session runs; a killed session may have left one.
    pub(crate) fn held(&self) -> PathBuf {
        self.path.join(HELD)
    }

    /// Every record, in the order of the file.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record of a run.
    pub fn record(&self, key: &str) -> Option<&Record> {
        self.by_key.get(key).and_then(|&index| self.records.get(index))
    }

    /// The trajectory of a run, where it left one that makes sense.
    ///
    /// # Errors
    /// Trouble with the disk, which says nothing about the file.
    pub fn trajectory(&self, key: &str) -> Result<Option<Trajectory>, StoreError> {
        trajectory_in(&self.path, key)
    }

    /// Whether the parameters of a run were kept.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn has_parameters(&self, key: &str) -> Result<bool, StoreError> {
        is_there(&parameters_file(&self.path, key))
    }

    /// Removes parameters that an earlier attempt of a run left, so that they are not taken for those of the next one.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn forget_parameters<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Result<(), StoreError> {
        if !is_there(&self.path.join(PARAMETERS))? {
            return Ok(());
        }
        for file in keys.into_iter().map(|key| parameters_file(&self.path, key)) {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &file)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps the parameters of a run, an [`archive`](super::archive), before its record.
    ///
    /// # Errors
    /// Trouble with the disk, or a link in the place of the folder.
    pub fn keep_parameters(&self, key: &str, archive: &[u8]) -> Result<(), StoreError> {
        own_folder(&self.path.join(PARAMETERS))?;
        place(&parameters_file(&self.path, key), archive)
    }

    /// Keeps a record, its trajectory first. When this returns, both are on the disk.
    ///
    /// # Errors
    /// Trouble with the disk: then the record counts as not there.
    pub fn keep(&mut self, record: Record, trajectory: Option<&Trajectory>) -> Result<(), StoreError> {
        if let Some(trajectory) = trajectory {
            #[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
            let bytes = serde_json::to_vec(trajectory).expect("numbers and names have a JSON form");
            refuse_link(&self.path.join(TRAJECTORIES))?;
            place(&trajectory_file(&self.path, &record.key), &bytes)?;
        }
        let line = lines_of(std::slice::from_ref(&record));
        let path = self.path.join(RECORDS);
        // A file that was removed or replaced under us would still take what is written to it.
        let length = length_in_place(&self.file, &path).map_err(StoreError::io("find", &path))?;
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(|error| {
            // A part of the line may be there, and a full disk may take another record before it takes a whole one.
            let _ = self.file.set_len(length);
            StoreError::io("write", &path)(error)
        })?;
        self.by_key.insert(record.key.clone(), self.records.len());
        self.records.push(record);
        Ok(())
    }

    /// Moves records to `records.superseded.jsonl`, or gives them new labels, as `fate` says. Returns how many were retired.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn reconcile(&mut self, fate: &dyn Fn(&Record) -> Fate) -> Result<usize, StoreError> {
        let fates: Vec<Fate> = self.records.iter().map(fate).collect();
        if fates.iter().all(|fate| *fate == Fate::Keep) {
            return Ok(0);
        }
        let mut kept = Vec::new();
        let mut retired = Vec::new();
        for (record, fate) in self.records.iter().zip(fates) {
            match fate {
                Fate::Keep => kept.push(record.clone()),
                Fate::Relabel(record) => kept.push(*record),
                Fate::Retire => retired.push(record.clone()),
            }
        }
        let lines: Vec<Vec<u8>> = retired.iter().map(line_of).collect();
        append(&self.path.join(SUPERSEDED), lines.iter().map(Vec::as_slice))?;
        self.rewrite(kept)?;
        Ok(retired.len())
    }

    /// Moves the records of failed runs to `records.retried.jsonl`, so that they are done again. Returns how many.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn retry_failed(&mut self) -> Result<usize, StoreError> {
        let (failed, kept): (Vec<Record>, Vec<Record>) =
            self.records.iter().cloned().partition(|record| record.result.is_worth_a_retry());
        if !failed.is_empty() {
            let lines: Vec<Vec<u8>> = failed.iter().map(line_of).collect();
            append(&self.path.join(RETRIED), lines.iter().map(Vec::as_slice))?;
            self.rewrite(kept)?;
        }
        Ok(failed.len())
    }

    /// Takes back the superseded records that `wanted` says yes to, with the labels it gives them. Returns how many.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn restore(&mut self, wanted: &dyn Fn(&mut Record) -> bool) -> Result<usize, StoreError> {
        let path = self.path.join(SUPERSEDED);
        let contents = read(&path, None)?;
        let mut restored = 0;
        for mut record in contents.records {
            if self.record(&record.key).is_none() && wanted(&mut record) {
                self.keep(record, None)?;
                restored += 1;
            }
        }
        Ok(restored)
    }

    /// Sets all records aside in a folder `earlier/N`, so that every run is done anew. Returns that folder, or `None` where
    /// there was nothing.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn start_afresh(&mut self) -> Result<Option<PathBuf>, StoreError> {
        if self.records.is_empty() && !is_there(&self.path.join(SUPERSEDED))? {
            return Ok(None);
        }
        let folder = set_aside(&self.path)?;
        let trajectories = self.path.join(TRAJECTORIES);
        own_folder(&trajectories)?;
        self.rewrite(Vec::new())?;
        Ok(Some(folder))
    }

    /// What `environment.json` says; `None` where there is none, or none that makes sense.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn environment(&self) -> Result<Option<Environment>, StoreError> {
        let file = self.path.join("environment.json");
        match std::fs::read(&file) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", &file)(error)),
        }
    }

    /// Writes `suite.toml` and `environment.json`.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn describe(&self, suite_toml: &str, environment: &Environment) -> Result<(), StoreError> {
        describe(&self.path, suite_toml, environment)
    }

    /// Writes what reports are drawn beside.
    ///
    /// # Errors
    /// Trouble with the disk.
    pub fn remember(&self, beside: &[Beside]) -> Result<(), StoreError> {
        set_beside(&self.path, beside).map_err(StoreError::io("write", &self.path.join(BESIDE)))
    }

    fn rewrite(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        let path = self.path.join(RECORDS);
        replace(&path, &lines_of(&records))?;
        self.file = open_records(&path)?;
        self.by_key = index(&records);
        self.records = records;
        Ok(())
    }
}

/// Refuses what has become a link since.
fn refuse_link(path: &Path) -> Result<(), StoreError> {
    if path.is_symlink() { Err(StoreError::Link { path: path.to_owned() }) } else { Ok(()) }
}

/// A file of records, none where it is missing.
fn read(file: &Path, suite: Option<&str>) -> Result<Contents, StoreError> {
    understood(Contents::read(file, suite), file)
}

fn understood(contents: std::io::Result<Contents>, file: &Path) -> Result<Contents, StoreError> {
    match contents {
        Ok(contents) => known(contents, file),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Contents::default()),
        Err(error) => Err(StoreError::io("read", file)(error)),
    }
}

/// Refuses records of a newer format: what cannot be understood must not be moved aside.
fn known(contents: Contents, file: &Path) -> Result<Contents, StoreError> {
    match contents.newer() {
        Some((line, found)) => Err(StoreError::Newer { path: file.to_owned(), line, found, known: FORMAT }),
        None => Ok(contents),
    }
}

fn open_records(path: &Path) -> Result<File, StoreError> {
    let file = open_to_append(path)?;
    path.parent().map_or(Ok(()), sync_folder).map_err(StoreError::io("write", path))?;
    Ok(file)
}

/// Length of an open file that still stands at `path`.
fn length_in_place(file: &File, path: &Path) -> std::io::Result<u64> {
    std::fs::metadata(path)?;
    match is_at(file, path)? {
        true => Ok(file.metadata()?.len()),
        false => Err(std::io::Error::other("another file has taken its place")),
    }
}

fn index(records: &[Record]) -> BTreeMap<String, usize> {
    records.iter().enumerate().map(|(index, record)| (record.key.clone(), index)).collect()
}

fn lines_of(records: &[Record]) -> Vec<u8> {
    records.iter().flat_map(|record| [line_of(record), b"\n".to_vec()].concat()).collect()
}

#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
fn line_of(record: &Record) -> Vec<u8> {
    serde_json::to_vec(record).expect("numbers and names have a JSON form")
}

/// The trajectory of a run, where it left one that makes sense.
pub(super) fn trajectory_in(directory: &Path, key: &str) -> Result<Option<Trajectory>, StoreError> {
    trajectory(directory, key).or_else(|error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Ok(None),
        _ => Err(StoreError::io("read", &trajectory_file(directory, key))(error)),
    })
}
