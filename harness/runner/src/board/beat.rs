use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::claim::is_own;

/// How often a claim is written anew.
const EVERY: Duration = Duration::from_secs(15);

/// Keeps the time of a claim new, as long as the value lives.
#[derive(Debug)]
pub(super) struct Beat {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Beat {
    pub(super) fn begin(file: PathBuf, text: String) -> Self {
        let (end, ended) = channel::<()>();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                // The same bytes again: the file system marks them with its own time. Trouble with that costs another process the
                // same runs, and no record.
                if is_own(&file, &text) {
                    let written = OpenOptions::new().write(true).open(&file);
                    let _ = written.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
                }
            }
        });
        Beat { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
