use super::Question;
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

/// What a harness answers. Lengths and indices are checked before [`answer`](HostOracle::answer) is called: w and v have
/// the problem's dimension, `out` has the length of the answer, batches are not empty, their indices are below
/// [`measurements`](HostOracle::measurements), and other lists are as long as their [`Question`] says.
///
/// A panic is carried through the plugin and goes on in the caller of the
/// [`OptimizerInstance`](crate::host::OptimizerInstance).
pub trait HostOracle {
    /// Answers a question about w. A vector overwrites all of `out`; a loss or a trace is returned, and `out` is empty. With a
    /// gradient its loss is returned, with an eigenvector the eigenvalue; with any other vector what is returned is not looked at.
    ///
    /// # Errors
    /// Whatever the plugin is to be told: no budget, no such answer, or anything else.
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError>;

    /// Spent fraction of the budget, in [0, 1].
    fn progress(&self) -> f64;

    /// Budget left, in full-gradient equivalents.
    fn remaining(&self) -> f64;

    /// Number of measurements m.
    fn measurements(&self) -> usize;
}
