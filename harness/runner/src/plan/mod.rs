//! The plan: every run with its seeds and its key, in an order that depends on the suite alone.

mod digest;
mod division;
mod draw;
mod filter;
mod jobs;
mod key;
mod part;
mod run;
mod seeds;
mod selection;
mod shard;
mod size;

pub use division::{Division, Portion, TooManyParts};
pub use draw::Draw;
pub use filter::{Filter, FilterError};
pub use jobs::jobs;
pub use run::{Choice, Plan, PlannedRun};
pub use selection::{Chosen, Ranked, choose, rank};
pub use shard::{Shard, Stage};
