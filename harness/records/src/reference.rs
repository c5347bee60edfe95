use serde::{Deserialize, Serialize};

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
