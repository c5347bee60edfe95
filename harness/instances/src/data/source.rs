use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::DataError;

/// Most bytes of a file, unpacked: the largest matrix, written out.
const LARGEST: u64 = 1 << 32;

/// Magic number of gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The contents of a data file, unpacked.
pub(super) struct Source {
    /// The file, for messages.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
    /// Its name in lower case, without the ending of the compression.
    pub(super) name: String,
    /// Whether it was compressed.
    pub(super) packed: bool,
}

impl Source {
    /// Reads a file, and unpacks it if it is compressed, whatever it is called.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        if path.exists() && !path.is_file() {
            let reason = if path.is_dir() { "it is a folder" } else { "it is no ordinary file" }.to_owned();
            return Err(DataError::Unreadable { path: path.to_owned(), reason });
        }
        if !path.is_file() {
            return Err(DataError::Missing { path: path.to_owned() });
        }
        let unreadable = |reason: String| DataError::Unreadable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
        let mut bytes = limited(file).map_err(unreadable)?;
        let packed = bytes.starts_with(&GZIP);
        if packed {
            bytes = limited(MultiGzDecoder::new(bytes.as_slice()))
                .map_err(|reason| unreadable(format!("gzip: {reason}")))?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name).to_owned();
        Ok(Source { path: path.to_owned(), bytes, name, packed })
    }

    /// What follows the last dot of the name.
    pub(super) fn ending(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    /// The error that the file cannot be read, and why.
    pub(super) fn unreadable(&self, reason: impl Into<String>) -> DataError {
        DataError::Unreadable { path: self.path.clone(), reason: reason.into() }
    }
}

fn limited(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it holds more than {} GiB", LARGEST >> 30));
    }
    Ok(bytes)
}
