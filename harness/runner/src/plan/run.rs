use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use flatbench_records::protocol::{DataFile, RunRequest, Tier};
use flatbench_records::{Case, FORMAT, Init, Record, Rule, Split, Value, with_data_hash};

use super::filter::Filter;
use super::key::Identity;
use super::seeds::InstanceAxes;
use super::selection::Chosen;
use crate::plugins::Plugin;
use crate::suite::{Suite, SuiteCase};

/// One run to do, with everything that decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// Content hash of all that decides the result.
    pub key: String,
    /// Suite.
    pub suite: Arc<str>,
    /// Case with starting regime and budget.
    pub case: Arc<Case>,
    /// Content hash of the data file that the case names, if it names one.
    pub data_hash: Option<String>,
    /// Where that file is read, if the case names one.
    pub data: Option<DataFile>,
    /// What the run is for.
    pub split: Split,
    /// Which draw of the case.
    pub repetition: u32,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Seed of the starting point.
    pub init_seed: u64,
    /// Seed of the optimizer's random stream.
    pub stream_seed: u64,
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Version that the plugin gives itself.
    pub optimizer_version: String,
    /// Library to load.
    pub library: PathBuf,
    /// Its content hash.
    pub plugin_hash: String,
    /// Which of the optimizer's settings, from 0.
    pub setting: usize,
    /// Every hyper-parameter.
    pub hyperparameters: BTreeMap<String, Value>,
    /// Whether the setting is the one that is compared.
    pub selected: bool,
    /// Rule that chose it among several; none where there was nothing to choose.
    pub rule: Option<Rule>,
}

/// Which settings are evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Choice<'a> {
    /// All of them, compared only where an optimizer has one.
    All,
    /// The ones that tuning chose.
    Tuned(&'a Chosen),
}

/// A checked suite with the plugins that it names: where runs come from.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pub(super) suite: &'a Suite,
    plugins: &'a [Plugin],
    tier: Tier,
}

impl<'a> Plan<'a> {
    /// `plugins` contains every plugin of the suite, since the suite was checked against it.
    pub fn new(suite: &'a Suite, plugins: &'a [Plugin], tier: Tier) -> Self {
        Plan { suite, plugins, tier }
    }

    /// Runs that choose settings, on instances of their own. None where the suite has no tuning.
    pub fn tuning(&self, filter: &Filter) -> Vec<PlannedRun> {
        let repetitions = |case: &SuiteCase| match &self.suite.tuning {
            Some(tuning) if tuning.covers(&case.name) => tuning.seeds,
            _ => 0,
        };
        self.runs(Split::Tuning, &repetitions, Choice::All, filter)
    }

    /// Runs that are compared.
    pub fn evaluation(&self, choice: Choice<'_>, filter: &Filter) -> Vec<PlannedRun> {
        self.runs(Split::Evaluation, &|case| self.suite.repetitions(case), choice, filter)
    }

    /// Every run that belongs to the suite whatever tuning will choose, with at least `seeds` repetitions.
    pub(crate) fn widest(&self, seeds: u32) -> Vec<PlannedRun> {
        let all = Filter::default();
        let mut runs = self.tuning(&all);
        let repetitions = |case: &SuiteCase| self.suite.repetitions(case).max(seeds);
        runs.extend(self.runs(Split::Evaluation, &repetitions, Choice::All, &all));
        runs
    }

    fn runs(
        &self,
        split: Split,
        repetitions: &dyn Fn(&SuiteCase) -> u32,
        choice: Choice<'_>,
        filter: &Filter,
    ) -> Vec<PlannedRun> {
        let suite_name: Arc<str> = self.suite.name.as_str().into();
        let mut runs = Vec::new();
        let mut regime = 0;
        for case in &self.suite.cases {
            for &init in &case.inits {
                regime += 1;
                let shared = Arc::new(case.case(init));
                for repetition in 0..repetitions(case) {
                    let axes = InstanceAxes {
                        suite: &self.suite.name,
                        family: &case.family,
                        parameters: &case.identity,
                        split,
                        repetition,
                    };
                    let tuning = self.suite.tuning.as_ref().filter(|tuning| tuning.covers(&case.name));
                    for (index, optimizer) in self.suite.optimizers.iter().enumerate() {
                        if !filter.keeps(&optimizer.name, &case.family) || !filter.is_in_shard(regime, index) {
                            continue;
                        }
                        let plugin = self.plugins.iter().find(|plugin| plugin.description.name == optimizer.plugin);
                        let Some(plugin) = plugin else { continue };
                        let settings = optimizer.settings(init);
                        for (setting, hyperparameters) in settings.iter().enumerate() {
                            let selected = match (split, choice) {
                                (Split::Tuning, _) => false,
                                (Split::Evaluation, Choice::All) => settings.len() == 1,
                                (Split::Evaluation, Choice::Tuned(chosen)) => {
                                    if chosen.setting(&case.name, init, &optimizer.name, settings.len()) != setting {
                                        continue;
                                    }
                                    true
                                }
                            };
                            let rule = match (split, choice) {
                                (Split::Evaluation, Choice::Tuned(_)) if settings.len() > 1 => {
                                    tuning.map(|tuning| tuning.rule)
                                }
                                _ => None,
                            };
                            let instance_seed = axes.instance_seed();
                            let init_seed = axes.init_seed();
                            let stream_seed = axes.stream_seed(init.name(), &optimizer.name, hyperparameters);
                            let identity = Identity {
                                family: &case.family,
                                parameters: &case.identity,
                                init,
                                budget: case.budget,
                                instance_seed,
                                init_seed,
                                stream_seed,
                                plugin_hash: &plugin.hash,
                                hyperparameters,
                                tier: self.tier,
                            };
                            runs.push(PlannedRun {
                                key: identity.key(),
                                suite: suite_name.clone(),
                                case: shared.clone(),
                                data_hash: case.data_hash.clone(),
                                data: case.data_file(&self.suite.data_root),
                                split,
                                repetition,
                                instance_seed,
                                init_seed,
                                stream_seed,
                                optimizer: optimizer.name.clone(),
                                optimizer_version: plugin.description.version.clone(),
                                library: plugin.library.clone(),
                                plugin_hash: plugin.hash.clone(),
                                setting,
                                hyperparameters: hyperparameters.clone(),
                                selected,
                                rule,
                            });
                        }
                    }
                }
            }
        }
        runs
    }
}

impl PlannedRun {
    /// Starting regime.
    pub fn init(&self) -> Init {
        self.case.init
    }

    /// What a worker is told.
    pub(crate) fn request(&self) -> RunRequest {
        RunRequest {
            key: self.key.clone(),
            optimizer: self.optimizer.clone(),
            library: self.library.clone(),
            hyperparameters: self.hyperparameters.clone(),
            stream_seed: self.stream_seed,
        }
    }

    /// The record of this run, given what came of it.
    pub fn record(&self, ended: crate::supervisor::Ended) -> Record {
        Record {
            format: FORMAT,
            key: self.key.clone(),
            suite: self.suite.to_string(),
            case: self.case.name.clone(),
            family: self.case.family.clone(),
            family_parameters: with_data_hash(self.case.parameters.clone(), self.data_hash.as_deref()),
            dimensions: ended.dimensions,
            init: self.case.init,
            instance_seed: self.instance_seed,
            repetition: self.repetition,
            budget: self.case.budget,
            optimizer: self.optimizer.clone(),
            optimizer_version: self.optimizer_version.clone(),
            plugin_hash: self.plugin_hash.clone(),
            hyperparameters: self.hyperparameters.clone(),
            split: self.split,
            selected: self.selected,
            selection_rule: self.rule,
            result: *ended.result,
        }
    }

    /// Gives an old record of this run the labels that it has now; whether any differed. Labels are what the key does not
    /// cover: names, whether the setting is the chosen one, and by which rule.
    pub(crate) fn relabel(&self, record: &mut Record) -> bool {
        let same = record.case == self.case.name
            && record.optimizer == self.optimizer
            && record.selected == self.selected
            && record.selection_rule == self.rule
            && record.repetition == self.repetition
            && record.split == self.split;
        record.case.clone_from(&self.case.name);
        record.optimizer.clone_from(&self.optimizer);
        record.selected = self.selected;
        record.selection_rule = self.rule;
        record.repetition = self.repetition;
        record.split = self.split;
        !same
    }
}
