//! A file by which a process says, to others on any machine, that it is at work. It is renewed as long as that is so, and of no more
//! worth when it has not been for a while. It asks little of the file system: that times of files are the server's.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::StoreError;
use crate::whereabouts::host;

/// How often the file is written anew.
const EVERY: Duration = Duration::from_secs(15);
/// Silence after which its holder is taken for dead. Other machines may see a file a minute late.
pub(crate) const SILENCE: Duration = Duration::from_secs(180);

/// This process, as such a file names it.
pub(crate) fn this_process() -> String {
    format!("{} on {}", std::process::id(), host())
}

/// Whether the holder of such a file is no more: a process of this machine that has ended, or one that has been silent. `probe` is a file
/// beside it that no other process uses.
///
/// # Errors
/// Trouble with the disk.
pub(crate) fn is_over(file: &Path, holder: &str, probe: &Path) -> Result<bool, StoreError> {
    let number = holder.strip_suffix(&format!(" on {}", host())).and_then(|number| number.parse::<i32>().ok());
    let has_ended = |process| rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH);
    if number.and_then(rustix::process::Pid::from_raw).is_some_and(has_ended) {
        return Ok(true);
    }
    let written = match std::fs::metadata(file).and_then(|about| about.modified()) {
        Ok(written) => written,
        // It was let go.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(StoreError::io("find", file)(error)),
    };
    // The time by the clock that files are marked with.
    let now = || {
        let mut file = File::create(probe)?;
        file.write_all(b"now")?;
        file.sync_all()?;
        let now = std::fs::metadata(probe)?.modified();
        std::fs::remove_file(probe)?;
        now
    };
    let now = now().map_err(StoreError::io("write", probe))?;
    Ok(now.duration_since(written).is_ok_and(|silence| silence > SILENCE))
}

/// Whether a file is the one with that text, and not that of a process that took over.
pub(crate) fn is_own(file: &Path, text: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|found| found == text)
}

/// Keeps the time of a file new, as long as the value lives.
#[derive(Debug)]
pub(crate) struct Beat {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Beat {
    /// Renews a file as long as it has that text.
    pub(crate) fn begin(file: PathBuf, text: String) -> Self {
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
