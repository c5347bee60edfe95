//! The loading side, for a harness.
//!
//! [`Library::open`] loads a plugin and checks its interface, [`Library::description`] tells what it is and what can be set,
//! [`Library::create`] makes an [`OptimizerInstance`] for one run. The harness answers its questions through a
//! [`HostOracle`].
//!
//! Code of a plugin and code of the host share a thread, and each has the floating-point unit as it expects it: see
//! [`standard_control_words`]. What else a plugin changes in its process is found by [`ProcessState`].
//!
//! No lock and no thread-local state is held while a [`HostOracle`] is called, so the harness may suspend the stack of the
//! calling thread inside a call and resume it later, or go on on another thread meanwhile ([`OwnThread`]). What the runs of a
//! library can bear of that is its [`Seat`].

mod bridge;
mod c;
mod card;
mod check;
mod control;
mod description;
mod error;
mod guarded;
mod guest;
mod instance;
mod library;
mod load_error;
mod oracle;
mod own_thread;
mod process;
mod runtimes;
mod seat;

pub use crate::question::Question;
pub use crate::schema::{Hyperparameter, Kind, Range, Unit, Value};
pub use crate::{Block, INTERFACE_VERSION, Schedule, Shape, Status};
pub use control::standard_control_words;
pub use description::Description;
pub use error::{HyperparameterError, PluginError};
pub use guarded::Guarded;
pub use guest::{Guest, GuestOptimizer, Opener, welcome};
pub use instance::OptimizerInstance;
pub use library::Library;
pub use load_error::LoadError;
pub use oracle::{HostOracle, OracleError};
pub use own_thread::{OwnThread, STACK, Stop};
pub use process::ProcessState;
pub use runtimes::{Runtime, loaded_files, runtimes_since};
pub use seat::Seat;
