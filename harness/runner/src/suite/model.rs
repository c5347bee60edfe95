use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::protocol::DataFile;
use flatbench_records::{Case, Given, Init, Measure, OptimizerDescription, Published, Reading, Rule, Value};
use serde::Serialize;

use super::given::GivenStart;
use super::optimizers;

/// A checked suite: every name in it exists, every value is in range, every default is filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) seeds: u32,
    pub(crate) time_limit: f64,
    pub(crate) measuring_limit: f64,
    pub(crate) baseline: String,
    pub(crate) tuning: Option<Tuning>,
    pub(crate) measure: Measure,
    pub(crate) cases: Vec<SuiteCase>,
    pub(crate) optimizers: Vec<SuiteOptimizer>,
    pub(crate) published: Vec<Published>,
    pub(crate) data_root: PathBuf,
    pub(crate) warnings: Vec<String>,
}

/// Why an optimizer cannot be added to a suite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` cannot be added to the suite `{suite}`: {reason} (write it into a copy of the suite; `flatbench plugin show {name}{options}` prints the lines)"
)]
pub struct NotAdded {
    name: String,
    suite: String,
    reason: String,
    /// Options of a command that finds the plugin, each after a space.
    options: String,
}

impl NotAdded {
    /// The same, found with the options that were given.
    pub fn found_with(self, options: String) -> Self {
        NotAdded { options, ..self }
    }
}

/// How a setting is chosen where optimizers have several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tuning {
    /// Repetitions per setting, on instances of their own.
    pub seeds: u32,
    /// What a setting is chosen by.
    pub rule: Rule,
    /// Cases that are tuned, the others taking the middle setting; `None` for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<String>>,
}

impl Tuning {
    /// Whether settings are chosen on a case.
    pub fn covers(&self, case: &str) -> bool {
        self.cases.as_ref().is_none_or(|cases| cases.iter().any(|known| known == case))
    }
}

/// One `[[case]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteCase {
    pub(crate) name: String,
    pub(crate) family: String,
    /// As the family resolved them, defaults included.
    pub(crate) parameters: BTreeMap<String, Value>,
    /// Content hash of the data file, where a parameter names one.
    pub(crate) data_hash: Option<String>,
    /// What decides what is drawn, as seeds and keys are made from it: the content of a data file, not its path.
    pub(crate) identity: BTreeMap<String, Value>,
    /// `parameters` as the resolved suite names them.
    pub(crate) declared: BTreeMap<String, Value>,
    /// How the data file was read, where there is one.
    pub(crate) reading: Option<Reading>,
    /// Multiply-adds of one full gradient.
    pub(crate) work: f64,
    pub(crate) inits: Vec<Init>,
    /// What the starting point is multiplied by.
    pub(crate) init_scale: Option<f64>,
    /// Where runs start, in the place of a draw.
    pub(crate) start: Option<GivenStart>,
    /// Evaluation repetitions, where the case has a number of its own.
    pub(crate) seeds: Option<u32>,
    pub(crate) budget: f64,
    /// Loss at which runs end, as a fraction of that at the start.
    pub(crate) stop_at_loss: Option<f64>,
    /// Losses whose first crossing is measured, the highest first.
    pub(crate) crossings: Vec<f64>,
}

/// One `[[optimizer]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteOptimizer {
    pub(crate) name: String,
    pub(crate) plugin: String,
    pub(crate) settings: Settings,
    /// Whether it is said to have no more settings than these, so that where settings are tuned it may have fewer than others.
    pub(crate) exhaustive: bool,
    /// Whether it has one setting though the others are tuned.
    pub(crate) untuned: bool,
}

/// Values for every hyper-parameter of an optimizer.
pub type Setting = BTreeMap<String, Value>;

/// What an optimizer is run with: at least one setting from each start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) large: Vec<Setting>,
    pub(crate) small: Vec<Setting>,
}

impl Settings {
    /// The same from every start.
    pub(crate) fn everywhere(settings: Vec<Setting>) -> Self {
        Settings { large: settings.clone(), small: settings }
    }

    /// Whether there are several from some start.
    pub(crate) fn leave_a_choice(&self) -> bool {
        self.large.len() > 1 || self.small.len() > 1
    }

    pub(crate) fn from(&self, init: Init) -> &[Setting] {
        match init {
            // Lengths in a setting are those of a large start unless a suite says otherwise.
            Init::Large | Init::Scaled | Init::Spectral | Init::Given => &self.large,
            Init::Small => &self.small,
        }
    }
}

impl Suite {
    /// Name: also the name of the default run directory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the suite is for.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Evaluation repetitions of the cases that have no number of their own.
    pub fn seeds(&self) -> u32 {
        self.seeds
    }

    /// Evaluation repetitions of a case.
    pub fn repetitions(&self, case: &SuiteCase) -> u32 {
        case.seeds.unwrap_or(self.seeds)
    }

    /// Seconds that the optimizer of a run may take.
    pub fn time_limit(&self) -> f64 {
        self.time_limit
    }

    /// Seconds that the host may take to measure a run.
    pub fn measuring_limit(&self) -> f64 {
        self.measuring_limit
    }

    /// Optimizer that the others are compared with.
    pub fn baseline(&self) -> &str {
        &self.baseline
    }

    /// How settings are chosen; `None` where every optimizer has one, or all are to be evaluated.
    pub fn tuning(&self) -> Option<&Tuning> {
        self.tuning.as_ref().filter(|_| self.optimizers.iter().any(|optimizer| optimizer.settings.leave_a_choice()))
    }

    /// On which cases, instances and by which rule settings are to be searched for, as `[tuning]` says it, also where none is left to
    /// be chosen.
    pub fn search(&self) -> Option<&Tuning> {
        self.tuning.as_ref()
    }

    /// What is measured of the evaluated runs beyond what is measured of every run.
    pub fn measure(&self) -> &Measure {
        &self.measure
    }

    /// Cases in the order of the file.
    pub fn cases(&self) -> &[SuiteCase] {
        &self.cases
    }

    /// Optimizers in the order of the file.
    pub fn optimizers(&self) -> &[SuiteOptimizer] {
        &self.optimizers
    }

    /// Folder that data files are relative to.
    pub fn data_root(&self) -> &Path {
        &self.data_root
    }

    /// What a user should know although it is no mistake.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The suite with another number of evaluation repetitions (≥ 1) of every case.
    pub fn with_seeds(mut self, seeds: u32) -> Self {
        self.seeds = seeds.max(1);
        self.cases.iter_mut().for_each(|case| case.seeds = None);
        self
    }

    /// The suite with one more optimizer at the defaults of its plugin, unless it has one of that name.
    ///
    /// # Errors
    /// A hyper-parameter without a default.
    pub fn with_optimizer(mut self, plugin: &OptimizerDescription) -> Result<Self, NotAdded> {
        let name = &plugin.name;
        if self.optimizers.iter().any(|known| known.name == *name) {
            return Ok(self);
        }
        let refused = |reason: &str| NotAdded {
            name: name.clone(),
            suite: self.name.clone(),
            reason: reason.to_owned(),
            options: String::new(),
        };
        let mut optimizer =
            optimizers::at_defaults(plugin).ok_or_else(|| refused("a hyper-parameter has no default"))?;
        optimizer.untuned = self.tuning.is_some();
        let untuned = if optimizer.untuned { ", while the others are tuned" } else { "" };
        self.warnings.push(format!("the suite has no `{name}`: it runs at the defaults of its plugin{untuned}"));
        self.optimizers.push(optimizer);
        Ok(self)
    }

    /// The suite with another time limit per run, in seconds (> 0).
    pub fn with_time_limit(mut self, seconds: f64) -> Self {
        self.time_limit = seconds;
        self
    }

    /// The suite with another limit for measuring a run, in seconds (> 0).
    pub fn with_measuring_limit(mut self, seconds: f64) -> Self {
        self.measuring_limit = seconds;
        self
    }
}

impl SuiteCase {
    /// Name within the suite.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Family.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// How the data file was read, where there is one.
    pub fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// Where the data file is, and what its numbers were when the suite was checked.
    pub fn data_file(&self, data_root: &Path) -> Option<DataFile> {
        let (reading, hash) = (self.reading.as_ref()?, self.data_hash.clone()?);
        Some(DataFile { path: data_root.join(&reading.file), hash })
    }

    /// The given point at which runs on an instance start, where the case has one.
    pub fn start_at(&self, instance_seed: u64) -> Option<Given> {
        self.start.as_ref()?.at(instance_seed).map(|given| (**given).clone())
    }

    /// Starting regimes.
    pub fn inits(&self) -> &[Init] {
        &self.inits
    }

    /// Whether an instance of the case can be had with a start: those of the case, and what every family has.
    pub fn can_start(&self, init: Init) -> bool {
        Init::STANDARD.contains(&init) || self.inits.contains(&init)
    }

    /// What a worker is told, for one starting regime.
    pub(crate) fn case(&self, init: Init) -> Case {
        Case {
            name: self.name.clone(),
            family: self.family.clone(),
            parameters: self.parameters.clone(),
            init,
            init_scale: self.init_scale.filter(|_| self.inits.contains(&init)),
            budget: self.budget,
            stop_at_loss: self.stop_at_loss,
            crossings: self.crossings.clone(),
        }
    }
}

impl SuiteOptimizer {
    /// Name within the suite.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name that the plugin gives itself.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// Settings from a start, those of a large one where it can have none of its own; every hyper-parameter present.
    pub fn settings(&self, init: Init) -> &[Setting] {
        self.settings.from(init)
    }
}
