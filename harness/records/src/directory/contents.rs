use std::fs::File;
use std::io::{BufReader, Error};
use std::path::Path;

use super::scan::{Line, scan, scan_file};
use super::{Flaw, FlawKind, RecordsFile};
use crate::Record;

/// What a file of records contains: every line is a record or a flaw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Records in the order of the file. Of several with one key the first.
    pub records: Vec<Record>,
    /// Lines that are not used, in the order of the file.
    pub flaws: Vec<Flaw>,
    /// Whether the last line lacks its end, whole or not.
    pub unfinished: bool,
}

impl Contents {
    /// Reads a file of records. `suite`, where given, is the one that every record has to belong to.
    ///
    /// # Errors
    /// Trouble with the file, its absence included.
    pub fn read(file: &Path, suite: Option<&str>) -> Result<Self, Error> {
        let file = BufReader::new(File::open(file)?);
        Contents::gather(|each| scan(file, suite, each))
    }

    /// Reads the records of a directory, packed or not.
    ///
    /// # Errors
    /// Trouble with the file, its absence included.
    pub fn of(directory: &Path, suite: Option<&str>) -> Result<Self, Error> {
        let file = RecordsFile::open(directory)?;
        Contents::gather(|each| scan_file(&file, suite, each))
    }

    /// Reads the text of such a file.
    pub fn parse(text: &[u8], suite: Option<&str>) -> Self {
        // Memory makes no trouble.
        Contents::gather(|each| scan(text, suite, each)).unwrap_or_default()
    }

    /// The first line of a newer format, and that format.
    pub fn newer(&self) -> Option<(usize, u32)> {
        self.flaws.iter().find_map(|flaw| match flaw.kind {
            FlawKind::Newer(found) => Some((flaw.line, found)),
            _ => None,
        })
    }

    fn gather(
        scan: impl FnOnce(&mut dyn FnMut(Line<'_>) -> Result<(), Error>) -> Result<bool, Error>,
    ) -> Result<Self, Error> {
        let mut contents = Contents::default();
        contents.unfinished = scan(&mut |line| {
            match line.found {
                Ok(record) => contents.records.push(*record),
                Err(kind) => contents.flaws.push(Flaw { line: line.number, kind, text: line.text.to_vec() }),
            }
            Ok(())
        })?;
        Ok(contents)
    }
}
