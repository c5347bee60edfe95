//! The report of a session that was stopped: whoever stopped it may kill it next.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use flatbench_runner::{Catalog, Interruption};

use crate::beside;
use crate::catalog::Families;

/// Batch systems kill what has not ended half a minute after it was told to, or sooner.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often signals are looked for.
const TICK: Duration = Duration::from_millis(20);

/// Draws the report of a run directory and returns its page, or says why there is none.
pub fn draw(out: &Path, interruption: &Interruption) -> Result<PathBuf, String> {
    let begun = Instant::now();
    let (sender, drawn) = channel();
    let folder = out.to_owned();
    // It cannot be broken off, but left behind: the process ends, and files are put into their places whole.
    std::thread::Builder::new()
        .spawn(move || {
            let page = flatbench_report::write(&folder, &beside::recall(&folder), Families::new().families());
            let _ = sender.send(page.map_err(|error| error.to_string()));
        })
        .map_err(|error| error.to_string())?;
    loop {
        match drawn.recv_timeout(TICK) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => return Err("drawing it has failed".to_owned()),
            Err(RecvTimeoutError::Timeout) if interruption.is_urgent() => return Err("another signal came".to_owned()),
            Err(RecvTimeoutError::Timeout) if begun.elapsed() > PATIENCE => {
                return Err(format!("it takes longer than {} s", PATIENCE.as_secs()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A directory whose report takes longer to draw than a moment.
    fn large() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/reference");
        for file in ["records.jsonl", "suite.toml", "environment.json"] {
            std::fs::copy(reference.join(file), folder.path().join(file)).expect("a copy");
        }
        folder
    }

    #[test]
    fn a_second_signal_leaves_the_report_out_and_the_same_clock_again_does_not() {
        let (folder, interruption) = (large(), Interruption::default());
        interruption.raise(signal_number("SIGTERM"));
        assert_eq!(draw(folder.path(), &interruption), Err("another signal came".to_owned()));
        // The first drawing goes on in its own folder.
        let folder = large();
        interruption.forget();
        interruption.raise(signal_number("SIGXCPU"));
        assert_eq!(draw(folder.path(), &interruption), Ok(folder.path().join("index.html")));
        let nothing = draw(&folder.path().join("nowhere"), &Interruption::default());
        assert!(nothing.is_err_and(|reason| reason.contains("records.jsonl")));
    }

    fn signal_number(name: &str) -> usize {
        (1..=u8::MAX)
            .find(|&number| flatbench_runner::name_of_signal(number) == name)
            .map(usize::from)
            .expect("it has one")
    }
}
