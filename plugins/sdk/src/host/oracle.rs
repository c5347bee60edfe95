use crate::interface::error::{InterfaceError, kind};

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OracleError {
    /// The problem family cannot answer it.
    #[error("{0}")]
    NotSupported(String),
    /// The budget does not cover it.
    #[error("the budget is spent")]
    Budget,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<OracleError> for InterfaceError {
    fn from(error: OracleError) -> Self {
        let (kind, message) = match error {
            OracleError::NotSupported(message) => (kind::NOT_SUPPORTED, message),
            OracleError::Budget => (kind::BUDGET, String::new()),
            OracleError::Other(message) => (kind::OTHER, message),
        };
        InterfaceError { kind, message: message.into() }
    }
}

/// What a harness answers. Lengths and indices are checked before a method is called: w, v and `out` have the problem's
/// dimension, batches are not empty, their indices are below [`measurements`](HostOracle::measurements), and noise has one
/// number per entry.
///
/// A method that succeeds overwrites all of `out`. A panic in a method is carried through the plugin and goes on in the
/// caller of the [`OptimizerInstance`](crate::host::OptimizerInstance).
pub trait HostOracle {
    /// f(w).
    fn loss(&mut self, w: &[f64]) -> Result<f64, OracleError>;

    /// Writes ∇f(w) into `out` and returns f(w), which comes with it. The plugin learns only the gradient: a loss costs it a
    /// call of its own.
    fn gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<f64, OracleError>;

    /// Writes the gradient of the mean over `batch` (repeats allowed) into `out`; with `noise`, one number per batch entry
    /// is added to its target.
    fn minibatch_gradient(
        &mut self,
        w: &[f64],
        batch: &[usize],
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) -> Result<(), OracleError>;

    /// Writes the full gradient with `noise` (length m) added to the targets into `out`.
    fn perturbed_gradient(&mut self, w: &[f64], noise: &[f64], out: &mut [f64]) -> Result<(), OracleError>;

    /// Writes ∇²f(w)·v into `out`.
    fn hessian_vector(&mut self, w: &[f64], v: &[f64], out: &mut [f64]) -> Result<(), OracleError>;

    /// tr ∇²f(w).
    fn hessian_trace(&mut self, w: &[f64]) -> Result<f64, OracleError>;

    /// Writes ∇ tr ∇²f(w) into `out`.
    fn hessian_trace_gradient(&mut self, w: &[f64], out: &mut [f64]) -> Result<(), OracleError>;

    /// Spent fraction of the budget, in [0, 1].
    fn progress(&self) -> f64;

    /// Budget left, in full-gradient equivalents.
    fn remaining(&self) -> f64;

    /// Number of measurements m.
    fn measurements(&self) -> usize;
}
