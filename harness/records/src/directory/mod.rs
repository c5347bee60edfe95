//! A run directory as it is read, by whatever reads one: the records with the flaws of their file, the trajectories and parameters; and
//! how a file is put into one, so that no link in it leads elsewhere.
//!
//! Nothing that is found is dropped without a word: a line is a record or a [`Flaw`].

mod beside;
mod contents;
mod flaw;
mod records_file;
mod scan;
mod trajectories;
mod trials;
mod writing;

pub use beside::{BESIDE, Beside, beside, set_beside};
pub use contents::Contents;
pub use flaw::{Flaw, FlawKind};
pub use records_file::{RecordsFile, Text, records_name};
pub use scan::{Line, count_records, scan, scan_file};
pub use trajectories::{PACKED_TRAJECTORIES, Trajectories, trajectory};
pub use trials::{PACKED_TRIALS, TRIALS, trials, trials_file};
pub use writing::{Replacement, create_anew, is_unfinished, own_folder, place};

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Name of the file of records.
pub const RECORDS: &str = "records.jsonl";

/// Name of the file of records in an archive, which stands in the place of [`RECORDS`]: the same lines, compressed with gzip.
pub const PACKED: &str = "records.jsonl.gz";

/// Name of the folder of trajectories.
pub const TRAJECTORIES: &str = "trajectories";

/// Name of the folder of parameters.
pub const PARAMETERS: &str = "parameters";

/// Name of the folder with the run directories of the parts of a plan.
pub const PARTS: &str = "parts";

/// Name of the folder with what the tasks of a cluster need, and what they say.
pub const CLUSTER: &str = "cluster";

/// Name of the run directory in which the tuning runs of all parts are joined, where they are done before the others.
pub const CHOSEN: &str = "chosen";

/// Whether a folder is a run directory: whether it has a file of records, packed or not.
///
/// # Errors
/// It cannot be told.
pub fn is_one(directory: &Path) -> Result<bool, Error> {
    Ok(is_file(&directory.join(RECORDS))? || is_packed(directory)?)
}

/// Whether a run directory is an archive: whether its records are packed. Nothing is added to one.
///
/// # Errors
/// It cannot be told.
pub fn is_packed(directory: &Path) -> Result<bool, Error> {
    is_file(&directory.join(PACKED))
}

fn is_file(path: &Path) -> Result<bool, Error> {
    match std::fs::metadata(path) {
        Ok(about) => Ok(about.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// An error of unpacking: what says that the bytes are no such file, or half of one, is about what the file contains.
fn torn(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => Error::new(ErrorKind::InvalidData, error.to_string()),
        _ => error,
    }
}

/// Where the trajectory of a run stands.
pub fn trajectory_file(directory: &Path, key: &str) -> PathBuf {
    directory.join(TRAJECTORIES).join(format!("{key}.json"))
}

/// Where the parameters of a run stand, if they were kept.
pub fn parameters_file(directory: &Path, key: &str) -> PathBuf {
    directory.join(PARAMETERS).join(format!("{key}.npz"))
}

/// The file with the parameters of a run, a NumPy archive; `None` if they were not kept.
///
/// # Errors
/// Trouble with the file.
pub fn parameters(directory: &Path, key: &str) -> Result<Option<Vec<u8>>, Error> {
    if !is_key(key) {
        return Ok(None);
    }
    match std::fs::read(parameters_file(directory, key)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a text may be the key of a run. It is a content hash and becomes the name of a file, so nothing but letters and
/// digits stands in it.
fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
