use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Part, Planned, QueueJob, Reading};

/// Where and with what a run directory was made: `environment.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Record format.
    pub format: u32,
    /// Version of flatbench.
    pub flatbench_version: String,
    /// Commit of the source tree, where known.
    pub commit: Option<String>,
    /// Whether that tree had uncommitted changes.
    pub dirty: Option<bool>,
    /// Compiler that built flatbench.
    pub rustc: Option<String>,
    /// Cargo profile of flatbench itself.
    pub profile: String,
    /// Version of the numbers that the records are of; absent in directories that were written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerics: Option<u32>,
    /// Day on which the last session began, in UTC, such as `2026-11-28`; absent where it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The machine.
    pub machine: Machine,
    /// Plugins by name.
    pub plugins: BTreeMap<String, PluginBuild>,
    /// How the data file of each case that has one was read; empty in directories that were written before this was kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, Reading>,
    /// The folder that the libraries of the plugins are from, where one was named instead of a source tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libraries: Option<Libraries>,
    /// Name of the machine; absent in directories that others were joined in, and in those written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Job of a queue that the last session was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<QueueJob>,
    /// What the last session set out to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// Records that were there before this machine, or this job, began: the others are its own.
    #[serde(default)]
    pub records_before: usize,
    /// Where those come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

impl Environment {
    /// As it stands in a run directory, which may be moved: what is inside of it is named from there.
    pub fn inside(mut self, directory: &Path) -> Self {
        let absolute = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        for place in self.places() {
            let canonical = place.canonicalize().unwrap_or_else(|_| place.clone());
            if let Ok(within) = canonical.strip_prefix(&absolute) {
                *place = within.to_owned();
            }
        }
        self
    }

    /// As it stood in a run directory, for another place.
    pub fn outside(mut self, directory: &Path) -> Self {
        let absolute = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        for place in self.places() {
            *place = absolute.join(&*place);
        }
        self
    }

    /// Paths that may be inside of the run directory.
    fn places(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let sources = self.plugins.values_mut().filter_map(|plugin| plugin.source.as_mut());
        sources.chain(self.libraries.as_mut().map(|libraries| &mut libraries.folder))
    }
}

/// A folder with libraries and the list of them, as `--libraries` names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Libraries {
    /// The folder, absolute; relative to the run directory where it is inside.
    #[serde(with = "crate::path")]
    pub folder: PathBuf,
    /// Instruction-set extensions of the machine where it was written, if its list says so. Where this machine has others, the last
    /// bits of its numbers may be others than there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
}

/// The machine a suite ran on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Operating system and architecture.
    pub platform: String,
    /// Processor model, where the system tells.
    pub cpu: Option<String>,
    /// Logical cores available to this process.
    pub cores: usize,
    /// Instruction-set extensions that the kernels choose between, those present.
    pub features: Vec<String>,
    /// Memory in bytes, where the system tells.
    pub memory_bytes: Option<u64>,
    /// Memory in bytes that this process may use, where that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_memory_bytes: Option<u64>,
    /// What keeps cores and memory below those of the machine, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

/// One plugin library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PluginBuild {
    /// Path of the library; relative to the source tree where it is inside.
    #[serde(with = "crate::path")]
    pub library: PathBuf,
    /// What `--plugin` has to name for it to be found, absolute; relative to the run directory where it is inside; absent where the
    /// source tree has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PathBuf>,
    /// Content hash of the library.
    pub hash: String,
    /// Version that the plugin gives itself.
    pub version: String,
    /// Interface version that it was built against.
    pub interface_version: String,
    /// What it runs in, where that is an interpreter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonBuild>,
}

/// What a plugin in Python runs in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PythonBuild {
    /// The interpreter, as it is started.
    #[serde(with = "crate::path")]
    pub interpreter: PathBuf,
    /// Version of Python that the plugin was put together with.
    pub version: String,
    /// Versions of the packages that it imports, by name.
    pub packages: BTreeMap<String, String>,
}
