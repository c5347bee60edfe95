use std::path::PathBuf;

use flatbench_records::directory::place;

use crate::store::StoreError;
use crate::store::lease::{Beat, is_own};

/// That this process does a part. Others see it as long as the value lives.
#[derive(Debug)]
pub struct Claim {
    file: PathBuf,
    done: PathBuf,
    text: String,
    /// Ends before the file is removed.
    beat: Option<Beat>,
}

impl Claim {
    pub(super) fn new(file: PathBuf, done: PathBuf, text: String) -> Self {
        let beat = Some(Beat::begin(file.clone(), text.clone()));
        Claim { file, done, text, beat }
    }

    /// Writes that the part is done, and lets it go.
    ///
    /// # Errors
    /// Trouble with the disk: then another process will find it done where it looks into the records.
    pub fn finish(self) -> Result<(), StoreError> {
        place(&self.done, self.text.as_bytes()).map_err(StoreError::io("write", &self.done))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.beat.take());
        if is_own(&self.file, &self.text) {
            // One that stays is taken down by the next process that wants the part.
            let _ = std::fs::remove_file(&self.file);
        }
    }
}
