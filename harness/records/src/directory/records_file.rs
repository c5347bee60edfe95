use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::{PACKED, RECORDS};

/// Bytes that are read at once.
const BLOCK: usize = 1 << 16;

/// The open file of records of a directory: `records.jsonl`, or in its place `records.jsonl.gz`, as an archive has it. Whoever reads
/// records finds the same lines in both.
#[derive(Debug)]
pub struct RecordsFile {
    path: PathBuf,
    file: File,
    packed: bool,
}

/// Text that is read from any of its bytes on.
pub trait Text: Read + Seek + Send {}

impl<T: Read + Seek + Send> Text for T {}

impl RecordsFile {
    /// Opens the one that a directory has.
    ///
    /// # Errors
    /// Neither is there, both are, or trouble with the file.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let (plain, packed) = (directory.join(RECORDS), directory.join(PACKED));
        match File::open(&plain) {
            Ok(_) if packed.exists() => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("both {RECORDS} and {PACKED} are there: remove the one that is not meant"),
            )),
            Ok(file) => Ok(RecordsFile { path: plain, file, packed: false }),
            Err(error) if error.kind() == ErrorKind::NotFound => match File::open(&packed) {
                Ok(file) => Ok(RecordsFile { path: packed, file, packed: true }),
                Err(gone) if gone.kind() == ErrorKind::NotFound => Err(error),
                Err(other) => Err(other),
            },
            Err(error) => Err(error),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file itself, packed or not.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Its lines from the beginning, unpacked on the way.
    pub fn lines(&self) -> Box<dyn BufRead + '_> {
        let block = BufReader::with_capacity(BLOCK, &self.file);
        match self.packed {
            true => Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(block))),
            false => Box::new(block),
        }
    }

    /// Its text, to be read from any byte on; a packed one is unpacked into memory.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn text(self) -> Result<Box<dyn Text>, Error> {
        if !self.packed {
            return Ok(Box::new(self.file));
        }
        let mut bytes = Vec::new();
        self.lines().read_to_end(&mut bytes)?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}

/// Name of the file of records in a directory, as messages give it: the packed one where that is the one there.
pub fn records_name(directory: &Path) -> &'static str {
    let packed = !directory.join(RECORDS).exists() && directory.join(PACKED).exists();
    if packed { PACKED } else { RECORDS }
}
