use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::Archived;
use flatbench_records::{Environment, FamilyDescription, Published, Record, Trajectory, Trial, quoted, quoted_path};

/// Everything a report is made from.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is known of the families. A record of another family is that of no control, and counts measurements.
    pub families: Vec<FamilyDescription>,
    /// Run directories, in the order given.
    pub sources: Vec<Source>,
    /// Trajectories by key of the run, as far as they are to be drawn; [`read`](crate::read()) picks them.
    pub trajectories: BTreeMap<String, Trajectory>,
}

/// One run directory.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// How commands in the report name the directory.
    pub directory: String,
    /// Name of the suite.
    pub name: Option<String>,
    /// What the suite says of itself.
    pub description: Option<String>,
    /// Rule that chose hyper-parameters, in the suite's word.
    pub selection: Option<String>,
    /// Optimizer that the others are compared with, in the suite's word.
    pub baseline: Option<String>,
    /// Names of the cases in the order of the suite.
    pub cases: Vec<String>,
    /// What papers give for what the suite repeats.
    pub published: Vec<Published>,
    /// Machine and versions.
    pub environment: Option<Environment>,
    /// Records, each key once.
    pub records: Vec<Record>,
    /// Trials of the search that found its settings, where they are there.
    pub trials: Vec<Trial>,
    /// What could not be used.
    pub complaints: Vec<Complaint>,
    /// What it gives, where it stands beside the others and is no part of the study: then its records are those that pair.
    pub archived: Option<Archived>,
}

/// A part of a run directory that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// File, and line where there is one.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl Input {
    /// The directories of the study itself.
    pub fn own(&self) -> impl Iterator<Item = &Source> + Clone {
        self.sources.iter().filter(|source| source.archived.is_none())
    }

    /// Those that stand beside them, with what they give.
    pub(crate) fn beside(&self) -> impl Iterator<Item = (&Source, &Archived)> {
        self.sources.iter().filter_map(|source| Some((source, source.archived.as_ref()?)))
    }
}

impl Source {
    /// The options by which a command finds the plugins that the source tree does not have, each after a space.
    pub(crate) fn plugins(&self) -> String {
        let place = |source: &Path| match source.is_relative() {
            true => quoted(&format!("{}/{}", self.directory, source.display())),
            false => quoted_path(source),
        };
        let folder = self.environment.as_ref().and_then(|environment| environment.libraries.as_ref());
        if let Some(libraries) = folder {
            return format!(" --libraries {}", place(&libraries.folder));
        }
        let builds = self.environment.iter().flat_map(|environment| environment.plugins.values());
        let paths: BTreeSet<String> = builds.filter_map(|build| build.source.as_deref()).map(place).collect();
        paths.into_iter().map(|path| format!(" --plugin {path}")).collect()
    }
}
