//! Runs of one instance side by side, so that one pass over its measurements serves all of them.
//!
//! Each run is a plain blocking function on a stack of its own ([`stack`]): that of a coroutine, or of a thread ([`thread`]) where
//! its library minds what it is called on. Where it asks for a full gradient or a Hessian-vector product it is suspended
//! ([`seat`]); when every run of the group is suspended, or has ended, the requests are served together and the runs resumed
//! one after the other ([`engine`]). Everything else a run does, mini-batches and measurements included, happens at once, and
//! nothing at the same time as anything else, also where there are several threads. A run's numbers do not depend on its company, by
//! the promise of [`flatbench_problems::GroupEvaluator`]; its [`clock`] leaves out the time of the others.

mod clock;
mod engine;
mod seat;
mod stack;
#[cfg(test)]
mod tests;
mod thread;

pub use clock::RunClock;
pub use engine::{Lockstep, alone_on};
