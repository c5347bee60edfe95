use abi_stable::StableAbi;
use abi_stable::std_types::{RResult, RString};

use crate::Error;

/// What kind of error crosses. A number not listed here means [`OTHER`](kind::OTHER).
pub(crate) mod kind {
    /// In words.
    pub(crate) const OTHER: u32 = 0;
    /// The family cannot answer the call.
    pub(crate) const NOT_SUPPORTED: u32 = 1;
    /// The budget is spent.
    pub(crate) const BUDGET: u32 = 2;
    /// The plugin panicked. Never sent by a host.
    pub(crate) const PANICKED: u32 = 3;
}

/// An error with a kind and a message.
#[repr(C)]
#[derive(Clone, Debug, StableAbi)]
pub struct InterfaceError {
    /// See [`kind`].
    pub kind: u32,
    /// In words; empty for a spent budget.
    pub message: RString,
}

/// What fallible calls return.
pub(crate) type Fallible<T> = RResult<T, InterfaceError>;

impl InterfaceError {
    pub(crate) fn other(message: impl Into<String>) -> Self {
        InterfaceError { kind: kind::OTHER, message: message.into().into() }
    }

    pub(crate) fn panicked(message: impl Into<String>) -> Self {
        InterfaceError { kind: kind::PANICKED, message: message.into().into() }
    }
}

impl From<Error> for InterfaceError {
    fn from(error: Error) -> Self {
        let (kind, message) = match error {
            Error::NotSupported(message) => (kind::NOT_SUPPORTED, message),
            Error::Budget => (kind::BUDGET, String::new()),
            Error::Other(message) => (kind::OTHER, message),
        };
        InterfaceError { kind, message: message.into() }
    }
}

impl From<InterfaceError> for Error {
    fn from(error: InterfaceError) -> Self {
        match error.kind {
            kind::NOT_SUPPORTED => Error::NotSupported(error.message.into()),
            kind::BUDGET => Error::Budget,
            _ => Error::Other(error.message.into()),
        }
    }
}
