//! Runs of one instance side by side, so that one pass over its measurements serves all of them.
//!
//! Each run is a plain blocking function on a stack of its own. Where it asks for a full gradient or a Hessian-vector
//! product it is suspended ([`seat`]); when every run of the group is suspended, or has ended, the requests are served
//! together and the runs resumed one after the other ([`engine`]). Everything else a run does, mini-batches and
//! measurements included, happens at once, and everything on one thread. A run's numbers do not depend on its company, by
//! the promise of [`flatbench_problems::GroupEvaluator`]; its [`clock`] leaves out the time of the others.

mod clock;
mod engine;
mod seat;
#[cfg(test)]
mod tests;

pub use clock::RunClock;
pub use engine::Lockstep;
