//! The loading side, for a harness.
//!
//! [`Library::open`] loads a plugin and checks its interface, [`Library::description`] tells what it is and what can be set,
//! [`Library::create`] makes an [`OptimizerInstance`] for one run. The harness answers its questions through a
//! [`HostOracle`].
//!
//! No lock and no thread-local state is held while a [`HostOracle`] is called, so the harness may suspend the stack of the
//! calling thread inside a call and resume it later.

mod bridge;
mod c;
mod card;
mod check;
mod error;
mod guarded;
mod instance;
mod library;
mod load_error;
mod oracle;
mod question;

pub use crate::schema::{Hyperparameter, Kind, Range, Unit, Value};
pub use crate::{Block, INTERFACE_VERSION, Schedule, Shape, Status};
pub use error::{HyperparameterError, PluginError};
pub use guarded::Guarded;
pub use instance::OptimizerInstance;
pub use library::{Description, Library};
pub use load_error::LoadError;
pub use oracle::{HostOracle, OracleError};
pub use question::Question;
