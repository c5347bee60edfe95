use std::io::{BufRead, BufReader, Error, ErrorKind};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::torn;
use crate::{FORMAT, Trial};

/// Name of the file with the trials of a search, which `flatbench tune` writes.
pub const TRIALS: &str = "trials.jsonl";

/// Name of that file in an archive: the same lines, compressed with gzip.
pub const PACKED_TRIALS: &str = "trials.jsonl.gz";

/// The file of trials that a directory has; of two the one that is not packed. `None` if it has none.
///
/// # Errors
/// It cannot be told.
pub fn trials_file(directory: &Path) -> Result<Option<PathBuf>, Error> {
    for name in [TRIALS, PACKED_TRIALS] {
        let path = directory.join(name);
        if super::is_file(&path)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The trials of the search in a directory, packed or not, in the order of the file; `None` if it has no such file.
///
/// # Errors
/// Trouble with the file, a line that is no trial, or one of a newer format; the line is named.
pub fn trials(directory: &Path) -> Result<Option<Vec<Trial>>, Error> {
    let Some(path) = trials_file(directory)? else { return Ok(None) };
    let file = BufReader::new(std::fs::File::open(&path)?);
    let lines: Box<dyn BufRead> = match path.ends_with(PACKED_TRIALS) {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => Box::new(file),
    };
    lines
        .lines()
        .enumerate()
        .map(|(place, line)| trial(place + 1, &line.map_err(torn)?))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn trial(number: usize, line: &str) -> Result<Trial, Error> {
    let invalid = |reason: String| Error::new(ErrorKind::InvalidData, format!("line {number}: {reason}"));
    let value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| invalid(format!("no trial ({error})")))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(FORMAT) => {
            Err(invalid(format!("format {format} is newer than {FORMAT} (use a newer flatbench)")))
        }
        _ => serde_json::from_value(value).map_err(|error| invalid(format!("no trial ({error})"))),
    }
}
