use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place;

/// Name of the file that remembers what a report is drawn beside.
pub const BESIDE: &str = "beside.json";

/// A run directory, an archive as a rule, whose runs are drawn and compared beside those of another one. They stay where they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// What reports call it: the name of an archive, or that of its folder.
    pub name: String,
    /// Where it is, absolute.
    #[serde(with = "crate::path")]
    pub directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    beside: Vec<Beside>,
}

/// Version of the file.
const FORMAT: u32 = 1;

/// What stands beside the runs of a directory; nothing where that was never said.
///
/// # Errors
/// Trouble with the file, something else in it, or a newer format.
pub fn beside(directory: &Path) -> Result<Vec<Beside>, Error> {
    let bytes = match std::fs::read(directory.join(BESIDE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let File { format, beside } = serde_json::from_slice(&bytes)?;
    match format {
        ..=FORMAT => Ok(beside),
        _ => Err(Error::new(ErrorKind::InvalidData, format!("format {format} is newer than {FORMAT}"))),
    }
}

/// Remembers what stands beside the runs of a directory; where nothing does, no file stays.
///
/// # Errors
/// Trouble with the disk.
pub fn set_beside(directory: &Path, all: &[Beside]) -> Result<(), Error> {
    let path = directory.join(BESIDE);
    if all.is_empty() {
        return match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    let mut json = serde_json::to_vec_pretty(&File { format: FORMAT, beside: all.to_vec() })?;
    json.push(b'\n');
    place(&path, &json)
}
