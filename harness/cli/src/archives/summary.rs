use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use flatbench_records::{Environment, Split};
use serde::Serialize;

use crate::rerun;
use crate::status::Failure;

/// An archive in a list.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// As `--beside` names it.
    pub name: String,
    #[serde(serialize_with = "flatbench_records::path::serialize")]
    pub directory: PathBuf,
    /// Suite of its runs.
    pub suite: Option<String>,
    pub optimizers: Vec<String>,
    /// Runs that are compared; those that tune are not.
    pub runs: usize,
    /// Version of the numbers; null where it was not recorded, as are the following.
    pub numerics: Option<u32>,
    pub flatbench_version: Option<String>,
    /// Processor and instruction sets.
    pub machine: Option<String>,
    /// Day of the runs.
    pub date: Option<String>,
    /// Size of the folder.
    pub bytes: u64,
}

impl Summary {
    /// Reads an archive.
    pub fn of(name: &str, directory: &Path) -> Result<Self, Failure> {
        let records = rerun::records(directory)?;
        let compared = || records.iter().filter(|record| record.split == Split::Evaluation);
        let optimizers: BTreeSet<String> = compared().map(|record| record.optimizer.clone()).collect();
        let environment = environment(directory);
        let of = |text: fn(&Environment) -> String| environment.as_ref().map(text);
        Ok(Summary {
            name: name.to_owned(),
            directory: directory.to_owned(),
            suite: records.first().map(|record| record.suite.clone()),
            optimizers: optimizers.into_iter().collect(),
            runs: compared().count(),
            numerics: environment.as_ref().and_then(|environment| environment.numerics),
            flatbench_version: of(|environment| environment.flatbench_version.clone()),
            machine: of(machine),
            date: environment.as_ref().and_then(|environment| environment.date.clone()),
            bytes: size(directory),
        })
    }

    /// For a list, in two lines.
    pub fn line(&self) -> String {
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "not recorded".to_owned());
        let numerics = self.numerics.map_or_else(|| "not recorded".to_owned(), |version| version.to_string());
        format!(
            "{:<12} suite {}, {} runs of {} optimizers, {:.1} MB in {}\n    numbers version {numerics}, flatbench {}, {}, {}\n    {}",
            self.name,
            known(&self.suite),
            self.runs,
            self.optimizers.len(),
            self.bytes as f64 / 1e6,
            self.directory.display(),
            known(&self.flatbench_version),
            known(&self.machine),
            known(&self.date),
            self.optimizers.join(", ")
        )
    }
}

/// What `environment.json` says, where it makes sense.
pub fn environment(directory: &Path) -> Option<Environment> {
    let text = std::fs::read(directory.join("environment.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

fn machine(environment: &Environment) -> String {
    let machine = &environment.machine;
    let cpu = machine.cpu.as_ref().unwrap_or(&machine.platform);
    format!("{cpu} ({})", machine.features.join(", "))
}

/// Bytes in a folder and those inside.
pub fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => size(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}
