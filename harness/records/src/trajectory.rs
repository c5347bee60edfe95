use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One measured moment of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Steps taken.
    pub step: u64,
    /// Budget spent, in full-gradient equivalents.
    pub gradient_equivalents: f64,
    /// Seconds of optimizer time so far.
    pub seconds: f64,
    /// Training loss f(w).
    pub train_loss: Option<f64>,
    /// Exact tr ∇²f(w).
    pub hessian_trace: Option<f64>,
    /// ‖X − X*‖_F / ‖X*‖_F.
    pub relative_error: Option<f64>,
    /// Largest singular values of the end-to-end matrix, descending, at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub singular_values: Vec<f64>,
    /// ‖LᵀL − RᵀR‖_F or the family's analogue.
    pub balancedness: Option<f64>,
    /// ‖w − w₀‖.
    pub distance: Option<f64>,
    /// Sum over checkpoints of ‖w − w_previous‖: a lower bound of the path length.
    pub path_length: Option<f64>,
    /// w itself, of problems with at most [`Checkpoint::MOST_PARAMETERS`] parameters: those that can be drawn as a plane.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<f64>,
    /// Largest eigenvalue of the Hessian (full tier only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda_max: Option<f64>,
    /// Scalars that the optimizer reports, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reported: BTreeMap<String, f64>,
}

impl Checkpoint {
    /// Parameters up to which a checkpoint holds w.
    pub const MOST_PARAMETERS: usize = 2;
}

/// The trajectory of a run: `trajectories/<key>.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// Record format.
    pub format: u32,
    /// Key of the run.
    pub key: String,
    /// Checkpoints in the order of time.
    pub checkpoints: Vec<Checkpoint>,
}
