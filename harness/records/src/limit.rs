use serde::{Deserialize, Serialize};

use crate::Metrics;
use crate::words::words;

/// Loss at the limit, relative to the loss at the start of the run: what counts as zero. Residuals vanish to half of the digits
/// that there are.
pub const LIMIT_LOSS: f64 = 1e-16;

words! {
    /// Whether the zero-loss point next to the iterate was reached.
    pub enum LimitState {
        /// Loss ≤ [`LIMIT_LOSS`] of the loss at the start.
        Reached = "reached",
        /// It was not; `reason` says why.
        NotReached = "not-reached",
    }
}

/// Where gradient flow from the iterate ends: a zero-loss point.
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

impl Limit {
    /// Metrics of the zero-loss point, if it was reached.
    pub fn reached(&self) -> Option<&Metrics> {
        (self.state == LimitState::Reached).then_some(&self.metrics)
    }
}
