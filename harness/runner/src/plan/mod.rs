//! The plan: every run with its seeds and its key, in an order that depends on the suite alone.

mod draw;
mod filter;
mod jobs;
mod key;
mod run;
mod seeds;
mod selection;
mod size;

pub use draw::Draw;
pub use filter::{Filter, FilterError, Shard};
pub use jobs::jobs;
pub use run::{Choice, Plan, PlannedRun};
pub use selection::{Chosen, choose};
