/// Why a step could not be taken. `?` turns a `String` or a `&str` into [`Error::Other`].
///
/// Errors that come from the oracle should be handed on unchanged: the host recognises its own refusals and then does not
/// blame the plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The problem family cannot answer this oracle call.
    #[error("{0}")]
    NotSupported(String),
    /// The oracle refused the call because the budget is spent.
    #[error("the budget is spent")]
    Budget,
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Error::Other(message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Error::Other(message.to_owned())
    }
}

impl From<ndarray::ShapeError> for Error {
    fn from(error: ndarray::ShapeError) -> Self {
        Error::Other(error.to_string())
    }
}

/// Result of a plugin's methods.
pub type Result<T, E = Error> = std::result::Result<T, E>;
