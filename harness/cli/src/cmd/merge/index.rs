//! What stands where in the file of records of a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use flatbench_records::directory::{Flaw, FlawKind, RecordsFile, records_name, scan_file};
use flatbench_records::{FORMAT, Outcome};
use flatbench_runner::store::{Seen, StoreError, Stretch};

use crate::sameness::{self, Digest};

/// A record by what decides whether another one is the same: a hundred bytes in the place of thousands.
pub struct Entry {
    pub key: Box<str>,
    /// Where its line is.
    pub at: Stretch,
    pub outcome: Outcome,
    pub digest: Digest,
    /// Digest of what a reader takes for one run: case, start, repetition, optimizer and its setting.
    pub place: u64,
}

/// A file of records.
pub struct Index {
    pub seen: Seen,
    pub entries: Vec<Entry>,
    pub flaws: Vec<Flaw>,
    /// Whether its last line lacks its end.
    pub unfinished: bool,
    /// Seconds that the runs took of the records after those that an earlier stay left.
    pub seconds: f64,
}

impl Index {
    /// Reads the file of a directory, whose first `before` records are of an earlier stay.
    ///
    /// # Errors
    /// Records of a newer format, or trouble with the file.
    pub fn read(directory: &Path, before: usize) -> Result<Self, StoreError> {
        let path = directory.join(records_name(directory));
        let trouble = |source| StoreError::Io { action: "read", path: path.clone(), source };
        let file = RecordsFile::open(directory).map_err(trouble)?;
        let seen = Seen::of(file.file()).map_err(trouble)?;
        let mut index = Index { seen, entries: Vec::new(), flaws: Vec::new(), unfinished: false, seconds: 0.0 };
        let scanned = scan_file(&file, None, &mut |line| {
            match line.found {
                Ok(record) => {
                    if index.entries.len() >= before {
                        index.seconds += record.result.seconds();
                    }
                    index.entries.push(Entry {
                        at: Stretch { offset: line.offset, length: line.text.len() as u64 },
                        outcome: record.result.outcome,
                        digest: sameness::digest(&record),
                        place: sameness::place(&record),
                        key: record.key.into_boxed_str(),
                    });
                }
                Err(kind) => index.flaws.push(Flaw { line: line.number, kind, text: line.text.to_vec() }),
            }
            Ok(())
        });
        index.unfinished = scanned.map_err(trouble)?;
        let newer = index.flaws.iter().find_map(|flaw| match flaw.kind {
            FlawKind::Newer(found) => Some((flaw.line, found)),
            _ => None,
        });
        match newer {
            Some((line, found)) => Err(StoreError::Newer { path, line, found, known: FORMAT }),
            None => Ok(index),
        }
    }

    /// [`Index::read`] of several directories with the numbers of their earlier records, on all cores.
    ///
    /// # Errors
    /// That of the first directory that has one.
    pub fn read_all(directories: &[(&Path, usize)]) -> Result<Vec<Self>, StoreError> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(BTreeMap::new());
        let work = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(&(directory, before)) = directories.get(place) else { return };
                let index = Index::read(directory, before);
                results.lock().unwrap_or_else(PoisonError::into_inner).insert(place, index);
            }
        };
        std::thread::scope(|scope| {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            for _ in 1..cores.min(directories.len()) {
                // Without it the others do its share.
                let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }
}
