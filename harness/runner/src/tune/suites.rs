use std::collections::BTreeMap;

use flatbench_records::{Init, Rule};

use super::rung::Rung;
use crate::suite::{Setting, Settings, Suite, SuiteOptimizer, Tuning};

/// Longest name of a suite.
const LONGEST: usize = 80;

/// An optimizer whose settings are searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// Name in the suites.
    pub name: String,
    /// Name that the plugin gives itself.
    pub plugin: String,
    /// Its trials in their order, all different, at least one.
    pub trials: Vec<Setting>,
}

/// By optimizer and start, which trials are left, in their order.
pub type Left = BTreeMap<(String, Init), Vec<usize>>;

/// What is searched: cases of a suite, from some starts, judged by a rule.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Where the cases come from.
    pub suite: &'a Suite,
    /// Names of those that settings are tried on.
    pub cases: Vec<String>,
    /// Starts for which settings are wanted.
    pub starts: Vec<Init>,
    /// Instances that each setting is tried on, of every case.
    pub seeds: u32,
    /// What a setting is judged by.
    pub rule: Rule,
    /// Optimizers.
    pub contenders: Vec<Contender>,
}

impl Search<'_> {
    /// All trials of every optimizer, from every start.
    pub fn all(&self) -> Left {
        let places = self.contenders.iter().flat_map(|own| Init::STANDARD.map(|init| (own, init)));
        places.map(|(own, init)| ((own.name.clone(), init), (0..own.trials.len()).collect())).collect()
    }

    /// The suite whose tuning runs are a rung of the search. Its instances are those of no evaluation of the suite that the cases come
    /// from: seeds are made from the name of a suite and from what an instance is for, and here both differ.
    pub fn suite_of(&self, rung: &Rung, left: &Left) -> Suite {
        let most = self.contenders.iter().map(|own| own.trials.len()).max().unwrap_or(0);
        let settings = |own: &Contender, init: Init| -> Vec<Setting> {
            let left = left.get(&(own.name.clone(), init));
            left.into_iter().flatten().filter_map(|&trial| own.trials.get(trial)).cloned().collect()
        };
        let optimizer = |own: &Contender| SuiteOptimizer {
            untuned: false,
            name: own.name.clone(),
            plugin: own.plugin.clone(),
            settings: Settings { large: settings(own, Init::Large), small: settings(own, Init::Small) },
            exhaustive: own.trials.len() < most,
        };
        let mut suite = Suite {
            name: named(self.suite.name(), "-tuning"),
            description: format!(
                "A search for settings on cases of `{}`: rung {}, at {}",
                self.suite.name(),
                rung.number,
                rung.budget()
            ),
            tuning: Some(Tuning { seeds: self.seeds, rule: self.rule, cases: None }),
            optimizers: self.contenders.iter().map(optimizer).collect(),
            published: Vec::new(),
            warnings: Vec::new(),
            ..self.suite.clone()
        };
        suite.cases.retain(|case| self.cases.iter().any(|name| name == case.name()));
        for case in &mut suite.cases {
            case.inits.retain(|init| self.starts.contains(init));
            case.budget *= rung.share;
        }
        suite.cases.retain(|case| !case.inits.is_empty());
        suite.baseline = self.baseline();
        suite
    }

    /// The suite with these optimizers in the place of its own, each with its chosen settings, and nothing left to tune.
    pub fn tuned(&self, chosen: &BTreeMap<(String, Init), Setting>) -> Suite {
        let optimizer = |own: &Contender| {
            let from = |init| chosen.get(&(own.name.clone(), init)).cloned().or_else(|| self.untuned(own, init));
            let list = |init| from(init).into_iter().collect();
            let settings = Settings { large: list(Init::Large), small: list(Init::Small) };
            SuiteOptimizer {
                name: own.name.clone(),
                plugin: own.plugin.clone(),
                settings,
                exhaustive: false,
                untuned: false,
            }
        };
        Suite {
            name: named(self.suite.name(), "-tuned"),
            description: format!("The cases of `{}` with tuned settings", self.suite.name()),
            tuning: Some(Tuning { seeds: self.seeds, rule: self.rule, cases: Some(self.cases.clone()) }),
            optimizers: self.contenders.iter().map(optimizer).collect(),
            baseline: self.baseline(),
            // They are about settings that are no longer those of the suite.
            published: Vec::new(),
            warnings: Vec::new(),
            ..self.suite.clone()
        }
    }

    /// What an optimizer has from a start that no settings were searched for: the middle one of its settings in the suite, or its first
    /// trial.
    pub fn untuned(&self, own: &Contender, init: Init) -> Option<Setting> {
        let listed = self.suite.optimizers().iter().find(|listed| listed.name() == own.name);
        let middle = listed.and_then(|listed| {
            let settings = listed.settings(init);
            settings.get(flatbench_records::tuning::middle(settings.len()))
        });
        middle.or(own.trials.first()).cloned()
    }

    fn baseline(&self) -> String {
        let own = |name: &str| self.contenders.iter().any(|contender| contender.name == name);
        let first = || self.contenders.first().map(|contender| contender.name.clone()).unwrap_or_default();
        Some(self.suite.baseline().to_owned()).filter(|name| own(name)).unwrap_or_else(first)
    }
}

/// A name with an ending, no longer than names may be.
fn named(name: &str, ending: &str) -> String {
    let room = LONGEST - ending.len();
    name.chars().take(room).collect::<String>() + ending
}
