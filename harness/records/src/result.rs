use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Crossing, Limit, Metrics, Nearest, OracleCalls, Outcome, References, Termination, Value};

/// Loss at or below which a point interpolates, as a fraction of the loss at the start.
pub const INTERPOLATION: f64 = 1e-6;

/// What came of a run: the part of a record that the worker decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// What happened to the process.
    pub outcome: Outcome,
    /// In words, where there is more to say.
    pub outcome_detail: Option<String>,
    /// Why the optimization stopped.
    pub termination: Option<Termination>,
    /// Whether the iterate has f(w) ≤ [`INTERPOLATION`]·f(w₀).
    pub interpolated: bool,
    /// Numbers the host put in the place of relative ones (steps in units of 1/λ_max).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resolved: BTreeMap<String, Value>,
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
    /// The nearest zero-loss point that was found from the limit, where it was asked for and could be sought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Nearest>,
    /// Where the loss fell to the levels that the suite asks for, in their order, the highest first; of those that it reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crossings: Vec<Crossing>,
    /// What the run is compared with.
    pub reference: References,
    /// Why metrics are missing that exist: the host did not get to measure them. Absent where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<String>,
}

impl RunResult {
    /// The result of a run of which nothing is known but its end: no steps, no costs, no points.
    pub fn ended(outcome: Outcome, detail: impl Into<String>) -> Self {
        RunResult {
            outcome,
            outcome_detail: Some(detail.into()),
            termination: None,
            interpolated: false,
            resolved: BTreeMap::new(),
            oracle_calls: OracleCalls::default(),
            gradient_equivalents: 0.0,
            steps: 0,
            optimizer_seconds: 0.0,
            measurement_seconds: 0.0,
            reference_seconds: 0.0,
            start: None,
            iterate: None,
            limit: None,
            nearest: None,
            crossings: Vec::new(),
            reference: References::default(),
            unmeasured: None,
        }
    }

    /// Seconds that it took in all: in the optimizer, on measuring, and its share of the references.
    pub fn seconds(&self) -> f64 {
        self.optimizer_seconds + self.measurement_seconds + self.reference_seconds
    }

    /// Whether the run failed, or could not be measured: what may go otherwise when it is done once more.
    pub fn is_worth_a_retry(&self) -> bool {
        self.outcome.is_failure() || self.unmeasured.is_some()
    }

    /// Whether the run got somewhere, so that it has parameters that could be kept.
    pub fn has_points(&self) -> bool {
        self.start.is_some() && self.outcome != Outcome::Skipped
    }

    /// Metrics of the zero-loss point next to the iterate, if it was reached.
    pub fn limit(&self) -> Option<&Metrics> {
        self.limit.as_ref().and_then(Limit::reached)
    }

    /// Metrics of the point that runs are compared by: the limit, or the iterate where none was reached.
    pub fn compared(&self) -> Option<&Metrics> {
        self.limit().or(self.iterate.as_ref())
    }
}
