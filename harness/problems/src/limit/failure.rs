use crate::composed::NO_SECOND_DERIVATIVES;

/// Why an iterate has no limit, or none that was found. What it displays is the `reason` in a record.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LimitFailure {
    /// The run that came here diverged.
    #[error("the run diverged")]
    Diverged,
    /// A loss of absolute values.
    #[error("{NO_SECOND_DERIVATIVES}, so that no gradient flow is followed to a minimum")]
    NotSmooth,
    /// f, or a derivative of it, overflows.
    #[error("the loss is not finite")]
    NotFinite,
    /// Next to the point w = 0, which gradient flow leaves only after a time that says nothing about the optimizer.
    #[error("held at the saddle at zero")]
    HeldAtZero,
    /// Data that need not fit together. Nothing was searched.
    #[error("{measurements} measurements contradict each other in general where there are {parameters} parameters")]
    Overdetermined {
        /// Number of measurements.
        measurements: usize,
        /// Number of parameters.
        parameters: usize,
    },
    /// The flow ends at, or stands next to, a stationary point that does not fit.
    #[error("the loss stands at {relative_loss:.1e} of its start and hardly falls: no zero-loss point is near")]
    Stationary {
        /// f over that at the start of the run.
        relative_loss: f64,
    },
    /// The search took as long as it may.
    #[error("the loss stands at {relative_loss:.1e} of its start after {products} gradients and Gauss-Newton products")]
    Unfinished {
        /// f over that at the start of the run.
        relative_loss: f64,
        /// Gradients and Gauss-Newton products that were computed.
        products: usize,
    },
}
