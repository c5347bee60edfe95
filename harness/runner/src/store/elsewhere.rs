use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use flatbench_records::directory::{FlawKind, RECORDS, RecordsFile, records_name, scan_file};
use flatbench_records::{FORMAT, Record, Trajectory};

use super::StoreError;
use super::directory::trajectory_in;

/// Records of another run directory, which is only read: those of some runs.
#[derive(Debug, Default)]
pub struct Elsewhere {
    path: PathBuf,
    records: BTreeMap<String, Record>,
}

impl Elsewhere {
    /// Reads the records of the runs with the `wanted` keys, or all. Lines that are no records count as not there.
    ///
    /// # Errors
    /// No run directory, one of another suite, records of a newer format, or trouble with the file.
    pub fn read(path: &Path, suite: &str, wanted: Option<&BTreeSet<&str>>) -> Result<Self, StoreError> {
        let file_path = path.join(records_name(path));
        let refused = |reason: String| StoreError::NotTunedIn { directory: path.to_owned(), reason };
        let file = RecordsFile::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                refused(format!("it has no {RECORDS} (join the parts of the tuning with `flatbench merge` first)"))
            }
            _ => StoreError::io("read", &file_path)(error),
        })?;
        let mut found = Elsewhere { path: path.to_owned(), ..Elsewhere::default() };
        let (mut foreign, mut newer) = (None, None);
        let scanned = scan_file::<std::io::Error>(&file, Some(suite), &mut |line| {
            match line.found {
                Ok(record) if wanted.is_none_or(|wanted| wanted.contains(record.key.as_str())) => {
                    found.records.insert(record.key.clone(), *record);
                }
                Err(FlawKind::Foreign(other)) => foreign = Some(other),
                Err(FlawKind::Newer(format)) => newer = Some((line.number, format)),
                _ => {}
            }
            Ok(())
        });
        scanned.map_err(StoreError::io("read", &file_path))?;
        match (newer, foreign) {
            (Some((line, found)), _) => Err(StoreError::Newer { path: file_path, line, found, known: FORMAT }),
            (_, Some(other)) => Err(refused(format!("it holds runs of the suite `{other}`, not `{suite}`"))),
            _ => Ok(found),
        }
    }

    /// The record of a run, if it was wanted and is there.
    pub fn record(&self, key: &str) -> Option<&Record> {
        self.records.get(key)
    }

    /// The trajectory of a run, where it left one that makes sense.
    ///
    /// # Errors
    /// Trouble with the disk, which says nothing about the file.
    pub fn trajectory(&self, key: &str) -> Result<Option<Trajectory>, StoreError> {
        trajectory_in(&self.path, key)
    }
}
