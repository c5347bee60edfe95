use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Dimensions, Init, Metrics, Value};

/// What happened to the process that did a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The run reached one of its ends; see [`Termination`].
    Completed,
    /// The plugin returned an error.
    PluginError,
    /// The plugin panicked.
    Panicked,
    /// The worker died: a signal, an abort, or an exit.
    Crashed,
    /// The run took longer than the time limit and was killed.
    TimedOut,
    /// The library could not be loaded in the worker.
    LoadFailed,
    /// The run makes no sense, and `outcome_detail` says why.
    Skipped,
}

impl Outcome {
    /// Whether the run counts as failed for the exit status.
    pub fn is_failure(self) -> bool {
        !matches!(self, Outcome::Completed | Outcome::Skipped)
    }

    /// The word used in records.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::PluginError => "plugin-error",
            Outcome::Panicked => "panicked",
            Outcome::Crashed => "crashed",
            Outcome::TimedOut => "timed-out",
            Outcome::LoadFailed => "load-failed",
            Outcome::Skipped => "skipped",
        }
    }
}

/// Why the optimization stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Termination {
    /// The optimizer said that it is done.
    Converged,
    /// The budget was spent.
    Budget,
    /// Parameters or loss stopped being finite, or the loss grew beyond the bound.
    Diverged,
    /// The parameters no longer move.
    Stalled,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Chooses a setting; never compared.
    Tuning,
    /// Compared.
    Evaluation,
}

/// Oracle calls by kind, counted by the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OracleCalls {
    /// Loss f(w).
    pub loss: u64,
    /// Full gradient, with or without perturbed targets.
    pub gradient: u64,
    /// Mini-batch gradient, with or without perturbed targets.
    pub minibatch: u64,
    /// Measurements touched by mini-batch gradients.
    pub minibatch_measurements: u64,
    /// Hessian-vector products.
    pub hvp: u64,
    /// Exact tr ∇²f(w).
    pub trace: u64,
    /// Gradients of tr ∇²f(w).
    pub trace_gradient: u64,
}

/// Whether the zero-loss point next to the iterate was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitState {
    /// Loss ≤ 1e-20 of the loss at the start.
    Reached,
    /// It was not; `reason` says why.
    NotReached,
}

/// The zero-loss point next to the iterate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Whether it was reached.
    pub state: LimitState,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// ‖w_limit − w_iterate‖.
    pub distance_moved: Option<f64>,
    /// Metrics there.
    #[serde(flatten)]
    pub metrics: Metrics,
}

/// A solution of a convex program that a run is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Trace at its flattest factorization.
    pub hessian_trace: f64,
    /// ‖X − X*‖_F / ‖X*‖_F of the solution.
    pub relative_error: Option<f64>,
    /// (primal − dual) / primal.
    pub duality_gap: Option<f64>,
    /// Whether the gap is at most 1e-8.
    pub certified: bool,
    /// Whether `hessian_trace` is the exact minimum or the limit of many measurements.
    pub exact: bool,
}

/// The solutions a run is compared with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// The flattest zero-loss point.
    pub flat: Option<Reference>,
    /// The zero-loss point of smallest norm (nuclear, or ℓ1 for a vector).
    pub norm_minimal: Option<Reference>,
    /// Trace of the flattest factorization of the ground truth.
    pub truth_floor: Option<f64>,
    /// Why a reference is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
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
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Which draw of the case.
    pub repetition: u32,
    /// Budget in full-gradient equivalents.
    pub budget: f64,
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Version that the plugin gives itself.
    pub optimizer_version: String,
    /// Content hash of the library.
    pub plugin_hash: String,
    /// Every hyper-parameter, defaults filled in.
    pub hyperparameters: BTreeMap<String, Value>,
    /// Numbers the host put in the place of relative ones (steps in units of 1/λ_max).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resolved: BTreeMap<String, Value>,
    /// What the run is for.
    pub split: Split,
    /// Whether its setting was chosen for the comparison.
    pub selected: bool,
    /// Rule that chose the setting among several, in the suite's word; absent where nothing was chosen, and in records that
    /// were written before it was kept. Of `oracle`, which knows the truth, no number may be shown without saying so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection_rule: Option<String>,
    /// What happened to the process.
    pub outcome: Outcome,
    /// In words, where there is more to say.
    pub outcome_detail: Option<String>,
    /// Why the optimization stopped.
    pub termination: Option<Termination>,
    /// Whether the iterate has f(w) ≤ 1e-6·f(w₀).
    pub interpolated: bool,
    /// Oracle calls by kind.
    pub oracle_calls: OracleCalls,
    /// Budget spent, in full-gradient equivalents.
    pub gradient_equivalents: f64,
    /// Completed steps.
    pub steps: u64,
    /// Seconds in the optimizer and in the oracle calls that it made.
    pub optimizer_seconds: f64,
    /// Seconds spent by the host on metrics and trajectory.
    pub measurement_seconds: f64,
    /// This run's equal share of the seconds spent on drawing its instance and solving the references, among the runs
    /// of one job; of the drawing alone where the references had been solved for an earlier job.
    #[serde(default)]
    pub reference_seconds: f64,
    /// Metrics at the start, the same for every optimizer.
    pub start: Option<Metrics>,
    /// Metrics at the returned point.
    pub iterate: Option<Metrics>,
    /// Metrics at the zero-loss point next to it.
    pub limit: Option<Limit>,
    /// What the run is compared with.
    pub reference: References,
}
