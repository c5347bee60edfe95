use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flatbench_records::OptimizerDescription;

use super::PluginError;
use crate::supervisor::death_in_words;

/// Seconds that a library may take to be opened and described.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Asks a child process what a library is: `program arguments.. PATH` prints the description as one line of JSON and ends
/// with status 0, or prints why it cannot to its standard error and ends with another.
#[derive(Clone, Debug)]
pub struct Describer {
    /// Executable.
    pub program: PathBuf,
    /// Arguments before the path of the library.
    pub arguments: Vec<OsString>,
}

impl Describer {
    /// Describes a library.
    ///
    /// # Errors
    /// [`PluginError::Unusable`] with the child's words, or with how the child ended where the library killed it.
    pub fn describe(&self, library: &Path) -> Result<OptimizerDescription, PluginError> {
        // The loader may name the library, which the error does too.
        let own_name = format!("{}: ", library.display());
        let unusable = |reason: String| {
            let reason = reason.strip_prefix(&own_name).map_or(reason.clone(), str::to_owned);
            PluginError::Unusable { library: library.to_owned(), reason }
        };
        let io = |reason| PluginError::Unreadable { library: self.program.clone(), reason };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(library)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(io)?;
        let stdout = child.stdout.take().map(read_on_thread);
        let stderr = child.stderr.take().map(read_on_thread);
        let deadline = Instant::now() + TIME_LIMIT;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(io)? {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().map_err(io)?;
                child.wait().map_err(io)?;
                let limit = TIME_LIMIT.as_secs();
                return Err(unusable(format!(
                    "opening the library took longer than {limit} s (does it loop on load?)"
                )));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let text = |thread: Option<std::thread::JoinHandle<Vec<u8>>>| {
            let bytes = thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (stdout, stderr) = (text(stdout), text(stderr));
        if status.success() {
            let last = stdout.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            return serde_json::from_str(last).map_err(|_| {
                unusable("the library ended the process that described it (it must not call exit on load)".into())
            });
        }
        let words = stderr.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        let words: String = words.chars().take(400).collect();
        match status.code() {
            Some(2) if !words.is_empty() => Err(unusable(words)),
            _ => {
                let death = death_in_words(status);
                let said = if words.is_empty() { String::new() } else { format!(", saying {words:?}") };
                Err(unusable(format!("crashed while it was described: {death}{said} (it cannot be loaded safely)")))
            }
        }
    }
}

fn read_on_thread(mut pipe: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends the text; how the child ended says the rest.
        let _ = std::io::Read::read_to_end(&mut pipe, &mut bytes);
        bytes
    })
}
