use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use flatbench_records::protocol::{DataFile, RunRequest, Tier};
use flatbench_records::{Case, FORMAT, Given, Init, Measure, Record, Rule, Split, Value, with_data_hash};

use super::filter::Filter;
use super::key::Identity;
use super::part::Place;
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
    /// Where it starts, in the place of a draw.
    pub given: Option<Arc<Given>>,
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
    /// What is measured of it beyond what is measured of every run.
    pub measure: Measure,
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
    pub(super) plugins: &'a [Plugin],
    pub(super) tier: Tier,
}

impl<'a> Plan<'a> {
    /// `plugins` contains every plugin of the suite, since the suite was checked against it.
    pub fn new(suite: &'a Suite, plugins: &'a [Plugin], tier: Tier) -> Self {
        Plan { suite, plugins, tier }
    }

    /// Runs that choose settings, on instances of their own. None where the suite has no tuning.
    pub fn tuning(&self, filter: &Filter) -> Vec<PlannedRun> {
        self.runs(Split::Tuning, &|case| self.tuning_repetitions(case), Choice::All, filter, &|_, _| true)
    }

    /// Runs that are compared.
    pub fn evaluation(&self, choice: Choice<'_>, filter: &Filter) -> Vec<PlannedRun> {
        self.runs(Split::Evaluation, &|case| self.suite.repetitions(case), choice, filter, &|_, _| true)
    }

    /// Every run on some instances that belongs to the suite whatever tuning will choose, with at least `seeds` repetitions.
    /// `instance` is asked with start and instance seed.
    pub(crate) fn widest(&self, seeds: u32, instance: &dyn Fn(Init, u64) -> bool) -> Vec<PlannedRun> {
        let all = Filter::default();
        let mut runs = self.runs(Split::Tuning, &|case| self.tuning_repetitions(case), Choice::All, &all, instance);
        let repetitions = |case: &SuiteCase| self.suite.repetitions(case).max(seeds);
        runs.extend(self.runs(Split::Evaluation, &repetitions, Choice::All, &all, instance));
        runs
    }

    fn tuning_repetitions(&self, case: &SuiteCase) -> u32 {
        self.suite.tuning().filter(|tuning| tuning.covers(&case.name)).map_or(0, |tuning| tuning.seeds)
    }

    fn runs(
        &self,
        split: Split,
        repetitions: &dyn Fn(&SuiteCase) -> u32,
        choice: Choice<'_>,
        filter: &Filter,
        instance: &dyn Fn(Init, u64) -> bool,
    ) -> Vec<PlannedRun> {
        let suite_name: Arc<str> = self.suite.name.as_str().into();
        let places = self.suite.cases.iter().flat_map(|case| case.inits.iter().map(move |&init| (case, init)));
        let mut runs = Vec::new();
        for (regime, (case, init)) in places.enumerate() {
            if !filter.reaches(split, regime) {
                continue;
            }
            let shared = Arc::new(case.case(init));
            for repetition in 0..repetitions(case) {
                let draw = Drawn { suite: &suite_name, case, init, shared: &shared, split, repetition };
                self.runs_of(&draw, regime, choice, filter, instance, &mut runs);
            }
        }
        runs
    }

    /// Adds the runs on one instance.
    fn runs_of(
        &self,
        draw: &Drawn<'_>,
        regime: usize,
        choice: Choice<'_>,
        filter: &Filter,
        instance: &dyn Fn(Init, u64) -> bool,
        runs: &mut Vec<PlannedRun>,
    ) {
        let &Drawn { case, init, split, .. } = draw;
        let chosen = match (split, choice) {
            (Split::Evaluation, Choice::Tuned(chosen)) => Some(chosen),
            _ => None,
        };
        // Settings are chosen by what is measured of every run.
        let nothing = Measure::default();
        let measure = if split == Split::Evaluation { &self.suite.measure } else { &nothing };
        // Seeds are hashes: only of what is kept.
        let mut seeds = None;
        for (place, optimizer) in self.suite.optimizers.iter().enumerate() {
            if !filter.keeps(&optimizer.name, &case.family) {
                continue;
            }
            let settings = optimizer.settings(init);
            let own = chosen.map(|chosen| chosen.setting(&case.name, init, &optimizer.name, settings.len()));
            for setting in own.map_or(0..settings.len(), |own| own..own + 1) {
                let place = Place {
                    regime,
                    repetition: draw.repetition as usize,
                    optimizer: place,
                    setting,
                    settings: settings.len(),
                    chosen: chosen.is_some(),
                };
                if !filter.is_in_part(split, place) {
                    continue;
                }
                let &mut (instance_seed, init_seed) = seeds.get_or_insert_with(|| draw.seeds());
                if !instance(init, instance_seed) {
                    return;
                }
                // Where a point is given and not there, the suite was told so.
                let given = match &case.start {
                    None => None,
                    Some(start) => match start.at(instance_seed) {
                        None => return,
                        found => found.cloned(),
                    },
                };
                let plugin = self.plugins.iter().find(|plugin| plugin.description.name == optimizer.plugin);
                let (Some(plugin), Some(hyperparameters)) = (plugin, settings.get(setting)) else { continue };
                let stream_seed = draw.axes().stream_seed(init.name(), &optimizer.name, hyperparameters);
                let identity = Identity {
                    family: &case.family,
                    parameters: &case.identity,
                    init,
                    init_scale: case.init_scale,
                    start: given.as_ref().map(|given| given.point.hash.as_str()),
                    budget: case.budget,
                    stop_at_loss: case.stop_at_loss,
                    crossings: &case.crossings,
                    instance_seed,
                    init_seed,
                    stream_seed,
                    plugin_hash: &plugin.hash,
                    hyperparameters,
                    tier: self.tier,
                    measure,
                };
                let rule = self.suite.tuning().filter(|tuning| tuning.covers(&case.name));
                runs.push(PlannedRun {
                    key: identity.key(),
                    suite: draw.suite.clone(),
                    case: draw.shared.clone(),
                    data_hash: case.data_hash.clone(),
                    data: case.data_file(&self.suite.data_root),
                    split,
                    repetition: draw.repetition,
                    instance_seed,
                    init_seed,
                    given: given.clone(),
                    stream_seed,
                    optimizer: optimizer.name.clone(),
                    optimizer_version: plugin.description.version.clone(),
                    library: plugin.library.clone(),
                    plugin_hash: plugin.hash.clone(),
                    setting,
                    hyperparameters: hyperparameters.clone(),
                    selected: split == Split::Evaluation && (chosen.is_some() || settings.len() == 1),
                    rule: rule.filter(|_| chosen.is_some() && settings.len() > 1).map(|tuning| tuning.rule),
                    measure: measure.clone(),
                });
            }
        }
    }
}

/// What the runs of a repetition share.
struct Drawn<'a> {
    suite: &'a Arc<str>,
    case: &'a SuiteCase,
    init: Init,
    /// The case from that start.
    shared: &'a Arc<Case>,
    split: Split,
    repetition: u32,
}

impl Drawn<'_> {
    fn axes(&self) -> InstanceAxes<'_> {
        InstanceAxes {
            suite: self.suite,
            family: &self.case.family,
            parameters: &self.case.identity,
            split: self.split,
            repetition: self.repetition,
        }
    }

    /// Seeds of instance and starting point.
    fn seeds(&self) -> (u64, u64) {
        let axes = self.axes();
        (axes.instance_seed(), axes.init_seed())
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
            init_scale: self.case.init_scale,
            start_point: self.given.as_ref().map(|given| given.point.clone()),
            instance_seed: self.instance_seed,
            repetition: self.repetition,
            budget: self.case.budget,
            stop_at_loss: self.case.stop_at_loss,
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
