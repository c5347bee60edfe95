use std::collections::BTreeMap;
use std::io::Error;
use std::path::Path;

use serde::Deserialize;

use super::{Flaw, FlawKind, is_key};
use crate::{FORMAT, Record};

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
        Ok(Contents::parse(&std::fs::read(file)?, suite))
    }

    /// Reads the text of such a file.
    pub fn parse(text: &[u8], suite: Option<&str>) -> Self {
        let mut contents = Contents { unfinished: !text.is_empty() && !text.ends_with(b"\n"), ..Contents::default() };
        let mut first_line_of: BTreeMap<String, usize> = BTreeMap::new();
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        let lines = if body.is_empty() { 0 } else { body.split(|&byte| byte == b'\n').count() };
        for (line, text) in (1..=lines).zip(body.split(|&byte| byte == b'\n')) {
            let kind = match parse_line(text) {
                Ok(record) if suite.is_some_and(|suite| suite != record.suite) => FlawKind::Foreign(record.suite),
                Ok(record) => match first_line_of.get(&record.key) {
                    Some(&first) => FlawKind::Duplicate(first),
                    None => {
                        first_line_of.insert(record.key.clone(), line);
                        contents.records.push(*record);
                        continue;
                    }
                },
                Err(FlawKind::Corrupt(_)) if line == lines && contents.unfinished => FlawKind::Torn,
                Err(kind) => kind,
            };
            contents.flaws.push(Flaw { line, kind, text: text.to_vec() });
        }
        contents
    }

    /// The first line of a newer format, and that format.
    pub fn newer(&self) -> Option<(usize, u32)> {
        self.flaws.iter().find_map(|flaw| match flaw.kind {
            FlawKind::Newer(found) => Some((flaw.line, found)),
            _ => None,
        })
    }
}

fn parse_line(text: &[u8]) -> Result<Box<Record>, FlawKind> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let newer = |format: u32| (format > FORMAT).then_some(FlawKind::Newer(format));
    match serde_json::from_slice::<Record>(text) {
        Ok(record) => match newer(record.format) {
            Some(newer) => Err(newer),
            None if !is_key(&record.key) => Err(FlawKind::Corrupt("its key is no content hash".to_owned())),
            None => Ok(Box::new(record)),
        },
        Err(_) if text.iter().all(u8::is_ascii_whitespace) => Err(FlawKind::Empty),
        // A newer record need not have the fields of this one.
        Err(error) => {
            let version = serde_json::from_slice::<Version>(text).ok();
            Err(version.and_then(|v| newer(v.format)).unwrap_or_else(|| FlawKind::Corrupt(error.to_string())))
        }
    }
}
