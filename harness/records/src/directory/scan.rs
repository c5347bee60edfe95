use std::collections::HashMap;
use std::io::{BufRead, Error};
use std::path::Path;

use serde::Deserialize;

use super::{FlawKind, RecordsFile, is_key};
use crate::{FORMAT, Record};

/// A line of a file of records.
#[derive(Debug)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: usize,
    /// Byte of the file that it begins at.
    pub offset: u64,
    /// The line without its end.
    pub text: &'a [u8],
    /// The record in it, or why there is none. Of several with one key the first is the record.
    pub found: Result<Box<Record>, FlawKind>,
}

/// Reads a file of records line by line, so that memory holds one record at a time, and the keys. `suite`, where given, is the
/// one that every record has to belong to. Returns whether the last line lacks its end.
///
/// # Errors
/// Trouble with the file, or what `each` returns, which ends the reading.
pub fn scan<E: From<Error>>(
    mut source: impl BufRead,
    suite: Option<&str>,
    each: &mut dyn FnMut(Line<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let mut first_line_of: HashMap<String, usize> = HashMap::new();
    let mut buffer = Vec::new();
    let (mut offset, mut number) = (0, 0);
    loop {
        buffer.clear();
        let length = source.read_until(b'\n', &mut buffer)?;
        if length == 0 {
            return Ok(false);
        }
        number += 1;
        let (text, unfinished) = match buffer.strip_suffix(b"\n") {
            Some(text) => (text, false),
            None => (buffer.as_slice(), true),
        };
        let found = match parse_line(text) {
            Ok(record) if suite.is_some_and(|suite| suite != record.suite) => Err(FlawKind::Foreign(record.suite)),
            Ok(record) => match first_line_of.get(&record.key) {
                Some(&first) => Err(FlawKind::Duplicate(first)),
                None => {
                    first_line_of.insert(record.key.clone(), number);
                    Ok(record)
                }
            },
            Err(FlawKind::Corrupt(_)) if unfinished => Err(FlawKind::Torn),
            Err(kind) => Err(kind),
        };
        each(Line { number, offset, text, found })?;
        if unfinished {
            return Ok(true);
        }
        offset += length as u64;
    }
}

/// [`scan`] of the file of a directory. The offsets of a packed one are those of its text.
///
/// # Errors
/// As [`scan`].
pub fn scan_file<E: From<Error>>(
    file: &RecordsFile,
    suite: Option<&str>,
    each: &mut dyn FnMut(Line<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    scan(file.lines(), suite, each)
}

/// Records of a run directory by the ends of their lines, without looking into them: quick, and right where no line is flawed. None
/// where there is no file yet.
///
/// # Errors
/// Trouble with the file.
pub fn count_records(directory: &Path) -> Result<usize, Error> {
    let file = match RecordsFile::open(directory) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut lines = file.lines();
    let mut count = 0;
    loop {
        let block = match lines.fill_buf() {
            Ok([]) => return Ok(count),
            Ok(block) => block,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        count += block.iter().filter(|&&byte| byte == b'\n').count();
        let length = block.len();
        lines.consume(length);
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
