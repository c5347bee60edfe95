use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use super::{is_key, torn, trajectory_file};
use crate::Trajectory;

/// Name of the file with the trajectories of an archive: one a line, each as it stood in a file of its own, compressed with gzip.
pub const PACKED_TRAJECTORIES: &str = "trajectories.jsonl.gz";

/// The trajectories of a run directory: each in a file of its own, or those that an archive has kept in one.
#[derive(Debug)]
pub struct Trajectories {
    directory: PathBuf,
    /// Lines of the packed file by key.
    packed: BTreeMap<String, String>,
}

/// What says whose trajectory a line is.
#[derive(Deserialize)]
struct Keyed {
    key: String,
}

impl Trajectories {
    /// Reads what is packed; files of single trajectories are read when they are asked for.
    ///
    /// # Errors
    /// Trouble with the packed file, or a line in it that has no key.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let mut packed = BTreeMap::new();
        match File::open(directory.join(PACKED_TRAJECTORIES)) {
            Ok(file) => {
                for line in BufReader::new(MultiGzDecoder::new(BufReader::new(file))).lines() {
                    let line = line.map_err(torn)?;
                    let Keyed { key } = serde_json::from_str(&line)?;
                    packed.entry(key).or_insert(line);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
        Ok(Trajectories { directory: directory.to_owned(), packed })
    }

    /// The trajectory of a run; `None` if it left none, or none was kept.
    ///
    /// # Errors
    /// Trouble with its file, or something else in it.
    pub fn of(&self, key: &str) -> Result<Option<Trajectory>, Error> {
        if !is_key(key) {
            return Ok(None);
        }
        match std::fs::read(trajectory_file(&self.directory, key)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.packed(key).map(serde_json::from_str).transpose().map_err(Error::from)
            }
            Err(error) => Err(error),
        }
    }

    /// The trajectory of a run as it stands in the packed file.
    pub fn packed(&self, key: &str) -> Option<&str> {
        self.packed.get(key).map(String::as_str)
    }
}

/// The trajectory of a run; `None` if it left none, or none was kept. Whoever asks for many opens [`Trajectories`] once.
///
/// # Errors
/// Trouble with the file, or something else in it.
pub fn trajectory(directory: &Path, key: &str) -> Result<Option<Trajectory>, Error> {
    let alone = Trajectories { directory: directory.to_owned(), packed: BTreeMap::new() };
    match alone.of(key)? {
        None if is_key(key) => Trajectories::open(directory)?.of(key),
        found => Ok(found),
    }
}
