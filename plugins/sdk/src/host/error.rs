use crate::interface::error::{InterfaceError, kind};
use crate::schema::{Kind, Value};

/// Why an optimizer could not be made or did not go on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PluginError {
    /// It needs something that the problem family cannot answer.
    #[error("{0}")]
    NotSupported(String),
    /// It handed on the oracle's refusal: the budget is spent. The normal end of a run.
    #[error("the budget is spent")]
    Budget,
    /// It panicked; message and place.
    #[error("the plugin panicked: {0}")]
    Panicked(String),
    /// It returned an error of its own.
    #[error("{0}")]
    Failed(String),
    /// It was given hyper-parameters that do not fit its schema.
    #[error(transparent)]
    Hyperparameter(#[from] HyperparameterError),
}

impl From<InterfaceError> for PluginError {
    fn from(error: InterfaceError) -> Self {
        let message = error.message.into();
        match error.kind {
            kind::NOT_SUPPORTED => PluginError::NotSupported(message),
            kind::BUDGET => PluginError::Budget,
            kind::PANICKED => PluginError::Panicked(message),
            _ => PluginError::Failed(message),
        }
    }
}

/// A hyper-parameter that does not fit the plugin's schema.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HyperparameterError {
    /// There is none of this name.
    #[error("unknown hyper-parameter `{name}` (known: {})", known.join(", "))]
    Unknown {
        /// As given.
        name: String,
        /// Names in the schema.
        known: Vec<String>,
    },
    /// It was given twice.
    #[error("hyper-parameter `{name}` is given twice")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// It was not given.
    #[error("hyper-parameter `{name}` is missing (its default is {default})")]
    Missing {
        /// Its name.
        name: String,
        /// What it could be.
        default: Value,
    },
    /// It has the wrong type or is out of range.
    #[error("hyper-parameter `{name}` = {value} is not allowed (give {allowed})")]
    NotAllowed {
        /// Its name.
        name: String,
        /// As given.
        value: Value,
        /// What is allowed.
        allowed: Kind,
    },
}
