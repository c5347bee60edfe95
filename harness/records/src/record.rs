use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Dimensions, Init, RunResult, StartPoint, Value};

words! {
    /// What a run is for.
    pub enum Split {
        /// Chooses a setting; never compared.
        Tuning = "tuning",
        /// Compared.
        Evaluation = "evaluation",
    }
}

words! {
    /// What a setting is chosen by, the median over the tuning repetitions deciding.
    pub enum Rule {
        /// Smallest loss on held-out measurements.
        Validation = "validation",
        /// Fewest gradient equivalents until the training loss is [`INTERPOLATION`](crate::INTERPOLATION) of its start.
        Train = "train",
        /// Smallest Hessian trace among settings that interpolate.
        Flattest = "flattest",
        /// Smallest relative error: uses the ground truth, so it bounds what tuning could do and is no fair rule.
        Oracle = "oracle",
    }
}

/// One line of `records.jsonl`: a planned run and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this format.
    pub format: u32,
    /// Content hash of everything that decides the result.
    pub key: String,
    /// Suite name.
    pub suite: String,
    /// Case name.
    pub case: String,
    /// Family name.
    pub family: String,
    /// Every parameter of the family, defaults filled in; empty in records that were written before it was kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub family_parameters: BTreeMap<String, Value>,
    /// Sizes; `None` if the instance was never drawn.
    #[serde(flatten)]
    pub dimensions: Option<Dimensions>,
    /// Starting regime.
    pub init: Init,
    /// What the starting point is multiplied by; absent where `init` says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_scale: Option<f64>,
    /// The point that the run started at, where one was given; absent where the start was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_point: Option<StartPoint>,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Which draw of the case.
    pub repetition: u32,
    /// Budget in full-gradient equivalents.
    pub budget: f64,
    /// Loss at or below which the run was to end, as a fraction of that at the start; absent where only the budget ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_at_loss: Option<f64>,
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Version that the plugin gives itself.
    pub optimizer_version: String,
    /// Content hash of the library.
    pub plugin_hash: String,
    /// Every hyper-parameter, defaults filled in.
    pub hyperparameters: BTreeMap<String, Value>,
    /// What the run is for.
    pub split: Split,
    /// Whether its setting was chosen for the comparison.
    pub selected: bool,
    /// Rule that chose the setting among several; absent where nothing was chosen, and in records that were written before it
    /// was kept. Of [`Rule::Oracle`], which knows the truth, no number may be shown without saying so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection_rule: Option<Rule>,
    /// What came of it.
    #[serde(flatten)]
    pub result: RunResult,
}
