use std::path::PathBuf;

use super::put;
use crate::store::StoreError;
use crate::store::lease::{Beat, is_own};

/// That this process does a part. Others see it as long as the value lives.
#[derive(Debug)]
pub struct Claim {
    file: PathBuf,
    /// A name of this process alone, and where the part is said to be done.
    done: [PathBuf; 2],
    text: String,
    /// Ends before the file is removed.
    beat: Option<Beat>,
}

impl Claim {
    pub(super) fn new(file: PathBuf, done: [PathBuf; 2], text: String) -> Self {
        let beat = Some(Beat::begin(file.clone(), text.clone()));
        Claim { file, done, text, beat }
    }

    /// Writes that the part is done, and lets it go.
    ///
    /// # Errors
    /// Trouble with the disk: then another process will find it done where it looks into the records.
    pub fn finish(self) -> Result<(), StoreError> {
        let [own, done] = &self.done;
        put(own, done, &self.text).map_err(StoreError::io("write", done))
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
