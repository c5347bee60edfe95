//! A run directory: `records.jsonl` and what stands beside it.
//!
//! A record is written with one `write`, flushed to the disk before the next run is taken, and its trajectory before it, so
//! a line that is there is complete. Whatever else is found in the file is moved aside and named, never dropped.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod aside;
mod directory;
mod earlier;
mod elsewhere;
mod error;
pub(crate) mod lease;
mod lock;
mod log;
mod parameters;
mod site;
mod union;

pub use directory::{Fate, Opened, RunDirectory};
pub use elsewhere::Elsewhere;
pub use error::StoreError;
pub use lock::{Lock, holder};
pub use log::Log;
pub use parameters::archive;
pub use union::{Seen, Stretch, Union};
