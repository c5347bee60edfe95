use std::io::{BufRead, ErrorKind};
use std::path::Path;

use flatbench_records::Outcome;
use flatbench_records::directory::{RecordsFile, records_name};
use serde::Deserialize;

use crate::status::Failure;

/// What the records of a run directory say of its progress, without reading what they measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Records.
    pub recorded: usize,
    /// Records of runs that failed.
    pub failed: usize,
    /// What the runs took, in seconds of one core.
    pub seconds: f64,
}

#[derive(Deserialize)]
struct Line {
    outcome: Outcome,
    #[serde(default)]
    optimizer_seconds: f64,
    #[serde(default)]
    measurement_seconds: f64,
    #[serde(default)]
    reference_seconds: f64,
}

impl Tally {
    /// Counts the whole lines of a directory that may be in use; nothing where it is missing.
    pub fn of(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(records_name(directory));
        let trouble =
            |error: std::io::Error| Failure::trouble(anyhow::anyhow!("cannot read {}: {error}", path.display()));
        let mut tally = Tally::default();
        let file = match RecordsFile::open(directory) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(tally),
            Err(error) => return Err(trouble(error)),
        };
        let (mut lines, mut line) = (file.lines(), Vec::new());
        while lines.read_until(b'\n', &mut line).map_err(trouble)? > 0 {
            // The last line may be on its way.
            if line.ends_with(b"\n")
                && let Ok(record) = serde_json::from_slice::<Line>(&line)
            {
                tally.recorded += 1;
                tally.failed += usize::from(record.outcome.is_failure());
                tally.seconds += record.optimizer_seconds + record.measurement_seconds + record.reference_seconds;
            }
            line.clear();
        }
        Ok(tally)
    }
}
