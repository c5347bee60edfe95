use serde::{Deserialize, Serialize};

/// The first point of a run that was seen with a loss at or below a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossing {
    /// The level, as a fraction of the loss at the start.
    pub level: f64,
    /// Steps taken.
    pub step: u64,
    /// Budget spent, in full-gradient equivalents.
    pub gradient_equivalents: f64,
    /// Training loss f(w), at or below the level.
    pub train_loss: f64,
    /// ‖X − X*‖_F / ‖X*‖_F.
    pub relative_error: Option<f64>,
    /// Exact tr ∇²f(w).
    pub hessian_trace: Option<f64>,
    /// That over the trace of the flattest zero-loss point. Off zero loss it may be below one.
    pub excess_flatness: Option<f64>,
}
