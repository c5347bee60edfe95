//! Runs of a run directory, planned again from its suite and the plugins as they are now.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::protocol::{Job, Tier};
use flatbench_records::{Environment, Record, Runtime, Trajectory, directory};
use flatbench_runner::other_processor;
use flatbench_runner::plan::{Choice, Filter, Plan, PlannedRun, jobs};
use flatbench_runner::plugins::{Plugin, Shelf};
use flatbench_runner::store::RunDirectory;
use flatbench_runner::suite::{Source, Suite};

use crate::archives;
use crate::catalog::Families;
use crate::output::errln;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::terminal;

/// A run directory with what its runs need.
pub struct Rerun {
    path: PathBuf,
    /// Records of the directory.
    pub records: Vec<Record>,
    suite: Suite,
    plugins: Vec<Plugin>,
    planned: BTreeMap<String, (PlannedRun, Tier)>,
    /// Libraries that stand in for those the records are of.
    pub rebuilt: Vec<Rebuilt>,
    /// How this processor differs from the one that the records were made on.
    pub other_processor: Option<String>,
}

/// A library that was built anew from the version of its plugin that a record is of.
pub struct Rebuilt {
    pub name: String,
    /// Content hash in the records.
    pub was: String,
    /// Content hash of what is run in its place.
    pub is: String,
}

/// Whether a folder has records.
pub fn is_run_directory(path: &Path) -> Result<bool, Failure> {
    directory::is_one(path).map_err(|error| {
        let file = path.join(directory::RECORDS);
        Failure::trouble(anyhow::anyhow!("cannot find {}: {error}", file.display()))
    })
}

/// Gives plugins the hash that records of their name and version have, so that their runs are those of the records.
fn stand_in(plugins: &mut [Plugin], suite: &Suite, records: &[Record]) -> Vec<Rebuilt> {
    let mut all = Vec::new();
    for plugin in plugins {
        let description = &plugin.description;
        let own = suite.optimizers().iter().filter(|optimizer| optimizer.plugin() == description.name);
        let names: Vec<&str> = own.map(|optimizer| optimizer.name()).collect();
        let is_of = |record: &&Record| {
            names.contains(&record.optimizer.as_str()) && record.optimizer_version == description.version
        };
        let mut of = records.iter().filter(is_of);
        // Where some of the records are of this very library, nothing stands in for it.
        let Some(first) = of.clone().next().filter(|_| !of.any(|record| record.plugin_hash == plugin.hash)) else {
            continue;
        };
        let (name, was) = (description.name.clone(), first.plugin_hash.clone());
        let is = std::mem::replace(&mut plugin.hash, was.clone());
        all.push(Rebuilt { name, was, is });
    }
    all
}

/// The optimizers in Python that a run directory brings along.
fn parcels_in(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path.join("plugins")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut parcels: Vec<PathBuf> = entries.filter(|path| Runtime::of(path) == Runtime::Python).collect();
    parcels.sort();
    parcels
}

/// The folder with the very libraries that all records are of: the one that `environment.json` names, or, where the whole was moved,
/// the one that `flatbench submit` has put beside the parts.
fn libraries_of(path: &Path, records: &[Record]) -> Option<PathBuf> {
    let text = std::fs::read_to_string(path.join("environment.json")).ok();
    let environment = text.and_then(|text| serde_json::from_str::<Environment>(&text).ok());
    let named =
        environment.and_then(|environment| environment.outside(path).libraries).map(|libraries| libraries.folder);
    let beside = ["cluster/libraries", "../../cluster/libraries"].map(|folder| path.join(folder));
    let has_all = |folder: &PathBuf| {
        let shelf = Shelf::open(folder).ok().flatten();
        shelf.is_some_and(|shelf| records.iter().all(|record| shelf.has(&record.plugin_hash)))
    };
    named.into_iter().chain(beside).find(has_all)
}

/// The records of a directory that is only read; flawed lines are named on standard error.
pub fn records(path: &Path) -> Result<Vec<Record>, Failure> {
    if !is_run_directory(path)? {
        return Err(archives::no_run_directory(path));
    }
    let (records, flaws) = RunDirectory::read(path).map_err(|error| match error.is_refusal() {
        true => Failure::usage(error),
        false => Failure::trouble(error),
    })?;
    for flaw in flaws {
        errln!("{}, {flaw}; left out", path.join(directory::records_name(path)).display());
    }
    Ok(records)
}

impl Rerun {
    /// Reads a directory and builds the plugins. Where `rebuilt` will do, libraries of the same name and version are run in the place of
    /// those that the records are of.
    pub fn open(path: &Path, arguments: &PluginArguments, quiet: bool, rebuilt: bool) -> Result<Self, Failure> {
        let path = &archives::directory(path)?;
        let records = records(path)?;
        let file = path.join("suite.toml");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
        let mut arguments = arguments.clone();
        if arguments.paths.is_empty() && arguments.libraries.is_none() {
            arguments.libraries = libraries_of(path, &records);
        }
        if arguments.paths.is_empty() && arguments.libraries.is_none() {
            arguments.paths = parcels_in(path);
        }
        let collection = plugins::find(&arguments, arguments.source_tree()?.as_ref(), quiet)?;
        let name = file.to_string_lossy();
        // Data files stand in a resolved suite by absolute path.
        let source = Source { path: &name, text: &text, data_root: path };
        // An optimizer whose plugin is not given concerns its own runs alone, which `obstacle` speaks of.
        let suite = Suite::check(source, &Families::new(), &collection.plugins, false)
            .map_err(|found| plugins::asked_for(&collection, Failure::Usage(found.render(terminal::color()))))?;
        let mut plugins = collection.plugins;
        let rebuilt = if rebuilt { stand_in(&mut plugins, &suite, &records) } else { Vec::new() };
        let environment = archives::environment(path);
        let other_processor = environment.and_then(|environment| other_processor(&environment.machine.features));
        let repetitions = records.iter().map(|record| record.repetition + 1).max().unwrap_or(1);
        let seeds = suite.seeds().max(repetitions);
        let mut suite = suite.with_seeds(seeds);
        // Runs without the point that they started at cannot be repeated, as each will be told.
        suite.read_starts(&Families::new());
        let mut planned = BTreeMap::new();
        for tier in Tier::ALL {
            let plan = Plan::new(&suite, &plugins, tier);
            let all = Filter::default();
            for run in plan.tuning(&all).into_iter().chain(plan.evaluation(Choice::All, &all)) {
                planned.insert(run.key.clone(), (run, tier));
            }
        }
        Ok(Rerun { path: path.clone(), records, suite, plugins, planned, rebuilt, other_processor })
    }

    /// Whether the run of that key would be the same run today.
    pub fn can_repeat(&self, key: &str) -> bool {
        self.planned.contains_key(key)
    }

    /// Why the run of a record would be another one today.
    pub fn obstacle(&self, record: &Record) -> String {
        let optimizer = self.suite.optimizers().iter().find(|known| known.name() == record.optimizer);
        let plugin = optimizer
            .and_then(|optimizer| self.plugins.iter().find(|plugin| plugin.description.name == optimizer.plugin()));
        match plugin {
            None => format!("there is no plugin for `{}` (give it with --plugin PATH)", record.optimizer),
            Some(plugin) if plugin.hash != record.plugin_hash => format!(
                "the plugin of `{}` is {} now and was {} (build it from the commit in environment.json, give that library with \
                 --plugin PATH --no-build, or run what was built anew from the same version with --rebuilt)",
                record.optimizer, plugin.hash, record.plugin_hash
            ),
            Some(_) => "the suite or the numerical version of flatbench has changed since (use the commit in \
                        environment.json)"
                .to_owned(),
        }
    }

    /// Jobs that do the runs of these keys again; keys that cannot be repeated are left out.
    ///
    /// They bring no references: those are solved again, so that a repetition also shows whether what was handed from
    /// worker to worker in the first place is what is solved, bit for bit.
    pub fn jobs(&self, keys: &[&str], workers: usize) -> Vec<Job> {
        let mut all = Vec::new();
        for tier in Tier::ALL {
            let mut runs: Vec<PlannedRun> = keys
                .iter()
                .filter_map(|key| self.planned.get(*key))
                .filter(|(_, of)| *of == tier)
                .map(|(run, _)| run.clone())
                .collect();
            // Runs of one instance next to each other share its preparation.
            runs.sort_by(|a, b| (&a.case.name, a.instance_seed, &a.key).cmp(&(&b.case.name, b.instance_seed, &b.key)));
            all.extend(jobs(&runs, workers, self.suite.data_root(), tier));
        }
        for (id, job) in all.iter_mut().enumerate() {
            job.id = id as u64;
        }
        all
    }

    /// Seconds that a run may take.
    pub fn time_limit(&self) -> f64 {
        self.suite.time_limit()
    }

    /// Seconds that measuring a run may take.
    pub fn measuring_limit(&self) -> f64 {
        self.suite.measuring_limit()
    }

    /// The recorded trajectory of a run, where it left one.
    pub fn trajectory(&self, key: &str) -> Result<Option<Trajectory>, Failure> {
        trajectory(&self.path, key)
    }
}

/// The trajectory of a run in a directory that is only read. One that cannot be read is not taken for none.
pub fn trajectory(path: &Path, key: &str) -> Result<Option<Trajectory>, Failure> {
    directory::trajectory(path, key).map_err(|error| {
        let file = directory::trajectory_file(path, key);
        Failure::trouble(anyhow::anyhow!("cannot read {}: {error}", file.display()))
    })
}
