//! The trials of a search for settings, as commands are given them.

use std::path::Path;

use flatbench_records::Trial;
use flatbench_records::directory::{self, PACKED_TRIALS, TRIALS};

use crate::archives;
use crate::status::Failure;

/// The trials in a directory; `None` where it has none.
pub fn trials(directory: &Path) -> Result<Option<Vec<Trial>>, Failure> {
    directory::trials(directory).map_err(|error| {
        let file = directory::trials_file(directory).ok().flatten().unwrap_or_else(|| directory.join(TRIALS));
        let problem = format!("cannot read {}: {error}", file.display());
        match error.kind() {
            std::io::ErrorKind::InvalidData => Failure::usage(problem),
            _ => Failure::trouble(anyhow::anyhow!(problem)),
        }
    })
}

/// The trials in what `--search` names: the folder of a search, a run directory or an archive.
pub fn named(path: &Path) -> Result<Vec<Trial>, Failure> {
    let directory = archives::directory(path)?;
    let found = trials(&directory)?.filter(|trials| !trials.is_empty());
    found.ok_or_else(|| {
        Failure::usage(format!(
            "{} has no trials of a search: neither {TRIALS} nor {PACKED_TRIALS} (give the folder of a `flatbench tune`; the same tune \
             command, given again, writes the file of a search that is done)",
            directory.display()
        ))
    })
}
