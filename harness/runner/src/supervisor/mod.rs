//! Doing runs in worker processes that may die at any moment.
//!
//! A worker is given one [`Job`](flatbench_records::protocol::Job) at a time and reports each of its runs. When it dies, or
//! a run takes too long and it is killed, the runs in progress are suspects: a single one is recorded as the culprit;
//! several, which shared the worker in lockstep, are given to new workers one by one, so that each speaks for itself. Runs not begun go to a new worker.

mod assignment;
mod death;
mod pool;
mod tail;
mod worker;

pub use death::death_in_words;
pub use pool::{Ended, Listener, Settings, SupervisorError, supervise};
