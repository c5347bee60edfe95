//! Searching for settings: what a plugin's description says of its hyper-parameters becomes a [`Space`], the space a list of trials, and
//! the trials a suite whose tuning runs a [session](crate::session) does like any other.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod axis;
mod rung;
mod sequence;
mod space;
mod suites;
mod wish;

#[cfg(test)]
mod tests;

pub use axis::{Axis, REACH, Span};
pub use rung::{Rung, rungs};
pub use space::Space;
pub use suites::{Contender, Left, Search};
pub use wish::Wish;
