//! A suite in parts that an engine hands out to the nodes of a cluster: the folder that holds all of it, the scripts in it, and the
//! engines.

mod chain;
pub mod engine;
mod layout;
mod progress;
mod script;
mod submission;
pub mod supplies;
mod tally;

pub use chain::Chain;
pub use layout::Layout;
pub use progress::{Progress, Task};
pub use script::Scripts;
pub use submission::{FORMAT, PartPlan, Role, Stage, Submission, Submitted, damaged};
pub use supplies::Supplies;
pub use tally::Tally;
