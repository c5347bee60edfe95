use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{FORMAT, Record};
use serde::Deserialize;

use super::StoreError;

/// A line of `records.jsonl` that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: FlawKind,
    /// The line itself, without its end.
    pub text: Vec<u8>,
}

/// What can be wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// The last line, cut off while it was written.
    Torn,
    /// No record.
    Corrupt(String),
    /// A record of another suite.
    Foreign(String),
    /// A second record with a key.
    Duplicate(usize),
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            FlawKind::Torn => write!(f, "cut off while it was written"),
            FlawKind::Corrupt(reason) => write!(f, "no record ({reason})"),
            FlawKind::Foreign(suite) => write!(f, "a record of the suite `{suite}`"),
            FlawKind::Duplicate(first) => write!(f, "the same key as line {first}"),
        }
    }
}

/// What a records file contains.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Records in the order of the file, keys unique.
    pub(super) records: Vec<Record>,
    pub(super) flaws: Vec<Flaw>,
    /// Whether the last line lacks its end, whole or not.
    pub(super) unfinished: bool,
}

/// Reads a records file. `suite`, where given, is the one that every record has to belong to.
pub(super) fn read(path: &Path, suite: Option<&str>) -> Result<Contents, StoreError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Contents::default()),
        Err(error) => return Err(StoreError::io("read", path)(error)),
    };
    parse(&bytes, path, suite)
}

/// Reads the text of a records file; `path` is for errors.
pub(super) fn parse(bytes: &[u8], path: &Path, suite: Option<&str>) -> Result<Contents, StoreError> {
    let mut contents = Contents { unfinished: !bytes.is_empty() && !bytes.ends_with(b"\n"), ..Contents::default() };
    let mut first_line_of: BTreeMap<String, usize> = BTreeMap::new();
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines: Vec<&[u8]> = if body.is_empty() { Vec::new() } else { body.split(|&byte| byte == b'\n').collect() };
    for (index, text) in lines.iter().enumerate() {
        let line = index + 1;
        let flaw = |kind| Flaw { line, kind, text: text.to_vec() };
        match parse_line(text) {
            Parsed::Newer(found) => {
                return Err(StoreError::Newer { path: path.to_owned(), line, found, known: FORMAT });
            }
            Parsed::Broken(_) if line == lines.len() && contents.unfinished => {
                contents.flaws.push(flaw(FlawKind::Torn))
            }
            Parsed::Broken(reason) => contents.flaws.push(flaw(FlawKind::Corrupt(reason))),
            Parsed::Record(record) => {
                if suite.is_some_and(|suite| suite != record.suite) {
                    contents.flaws.push(flaw(FlawKind::Foreign(record.suite)));
                } else if let Some(&first) = first_line_of.get(&record.key) {
                    contents.flaws.push(flaw(FlawKind::Duplicate(first)));
                } else {
                    first_line_of.insert(record.key.clone(), line);
                    contents.records.push(*record);
                }
            }
        }
    }
    Ok(contents)
}

enum Parsed {
    Record(Box<Record>),
    Newer(u32),
    Broken(String),
}

fn parse_line(text: &[u8]) -> Parsed {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    match serde_json::from_slice::<Version>(text) {
        Ok(version) if version.format > FORMAT => return Parsed::Newer(version.format),
        Ok(_) => {}
        Err(error) => return Parsed::Broken(error.to_string()),
    }
    match serde_json::from_slice::<Record>(text) {
        // The key becomes the name of a file: nothing but letters and digits may stand in it.
        Ok(record) if record.key.is_empty() || !record.key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Parsed::Broken("its key is no content hash".into())
        }
        Ok(record) => Parsed::Record(Box::new(record)),
        Err(error) => Parsed::Broken(error.to_string()),
    }
}
