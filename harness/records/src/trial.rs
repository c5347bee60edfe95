use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Init, Rule, Value};

/// One line of `trials.jsonl`: a setting that a search tried for an optimizer from a start, and how it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Version of this format.
    pub format: u32,
    /// Suite whose cases the settings were tried on.
    pub suite: String,
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Name that its plugin gives itself.
    pub plugin: String,
    /// Starting regime.
    pub init: Init,
    /// Its number among the trials of the optimizer, from 1; the first is the default.
    pub trial: u32,
    /// Every hyper-parameter, as in the records of its runs.
    pub hyperparameters: BTreeMap<String, Value>,
    /// What the settings were judged by.
    pub rule: Rule,
    /// The rungs that it was in, in their order: one at least.
    pub rungs: Vec<TrialRung>,
    /// Whether it was chosen: the best of the last rung.
    pub chosen: bool,
}

/// How a setting did in one rung of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRung {
    /// Number of the rung, from 1.
    pub rung: u32,
    /// Share of the whole budget of each case that a run had, in (0, 1].
    pub share: f64,
    /// By case, the [score](crate::tuning::score), > 0, the smaller the better: the median over the instances. None where there is
    /// none: the runs, or half of them and more, failed or diverged.
    pub scores: BTreeMap<String, Option<f64>>,
    /// Geometric mean of the scores; none where no case has one.
    pub overall: Option<f64>,
    /// Cases without a score on which another trial of the optimizer from this start has one: a setting with fewer comes first.
    pub without: u32,
}
