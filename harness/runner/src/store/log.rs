use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::StoreError;
use super::aside::open_to_append;

/// `log.txt`: what happened beside the records, and what plugins printed.
#[derive(Debug)]
pub struct Log {
    file: File,
}

impl Log {
    /// Appends to the log of a run directory.
    ///
    /// # Errors
    /// Trouble with the file.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        Ok(Log { file: open_to_append(&directory.join("log.txt"))? })
    }

    /// One line, with the time in seconds since 1970.
    pub fn line(&mut self, text: &str) {
        let seconds =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        // The log is a convenience: trouble with it must not end a run that is recorded well.
        let _ = self.file.write_all(format!("{seconds:.3} {text}\n").as_bytes());
    }

    /// What a plugin printed during a run, every line tagged with the key.
    pub fn output(&mut self, key: &str, text: &str, dropped: u64) {
        if text.is_empty() {
            return;
        }
        if dropped > 0 {
            self.line(&format!("{key}: {dropped} bytes of output dropped before what follows"));
        }
        for line in text.lines() {
            self.line(&format!("{key}| {line}"));
        }
    }
}
