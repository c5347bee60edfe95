use serde::{Deserialize, Serialize};

/// A point measured by the host. A number that does not exist is `None`; [`METRICS`](crate::METRICS) says of each when that
/// is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// f(w).
    pub train_loss: Option<f64>,
    /// Mean squared residual on the validation measurements, used by the selection rule only.
    pub validation_loss: Option<f64>,
    /// Mean squared residual on fresh measurements (unobserved entries, for completion).
    pub test_loss: Option<f64>,
    /// Root mean square error on the held-out entries of a file, in the units of the file. Absent without a file of entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_rmse: Option<f64>,
    /// ‖X − X*‖_F / ‖X*‖_F.
    pub relative_error: Option<f64>,
    /// tr ∇²f(w), exact.
    pub hessian_trace: Option<f64>,
    /// Trace with each factor block divided by its number of rows.
    pub scaled_trace: Option<f64>,
    /// Largest eigenvalue of ∇²f(w).
    pub lambda_max: Option<f64>,
    /// ‖Hv − λv‖ / |λ| of that eigenvalue.
    pub lambda_max_residual: Option<f64>,
    /// Smallest trace of any factorization of the same end-to-end matrix.
    pub flatness_floor: Option<f64>,
    /// `hessian_trace / flatness_floor`, ≥ 1.
    pub balance_gap: Option<f64>,
    /// `flatness_floor / reference.flat.hessian_trace`.
    pub model_gap: Option<f64>,
    /// `hessian_trace / reference.flat.hessian_trace` = balance gap × model gap.
    pub excess_flatness: Option<f64>,
    /// ‖X‖_*.
    pub nuclear_norm: Option<f64>,
    /// exp of the entropy of σ/Σσ.
    pub effective_rank: Option<f64>,
    /// ‖X‖_F² / ‖X‖²_op.
    pub stable_rank: Option<f64>,
    /// ‖LᵀL − RᵀR‖_F, or the family's analogue.
    pub balancedness: Option<f64>,
    /// ‖w‖.
    pub parameter_norm: Option<f64>,
    /// Relative flatness (Petzka et al.).
    pub relative_flatness: Option<f64>,
    /// max f(w+ε) − f(w) over ‖ε‖ ≤ ρ, for the ρ stated in METRICS.
    pub worst_case_sharpness: Option<f64>,
    /// Singular values of the end-to-end matrix, descending, at most ten.
    pub singular_values: Vec<f64>,
    /// tr √diag(∇²f(w)). Absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_trace: Option<f64>,
    /// All eigenvalues of ∇²f(w), descending. Absent unless they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hessian_eigenvalues: Vec<f64>,
}
