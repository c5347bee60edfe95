//! From a suite to its records: [`suite`] reads and checks the TOML, [`plugins`] builds and describes the optimizers,
//! [`plan`] derives every run with its seeds and key, [`supervisor`] does the runs in worker processes that may die, and
//! [`store`] keeps what came of each. [`session`] ties them together. [`tune`] makes suites that search for settings.
//!
//! This crate computes nothing about a problem and loads no plugin: both happen in workers, and what a suite is checked
//! against comes through [`Catalog`].

// Input reaches this crate: what it says must not end the process.
#![warn(clippy::expect_used, clippy::unwrap_used)]

mod allowance;
pub mod board;
mod catalog;
pub mod confinement;
mod date;
mod environment;
mod holdings;
mod household;
mod interruption;
mod known;
mod last_words;
pub mod plan;
pub mod plugins;
mod program;
mod reconcile;
pub mod session;
pub mod store;
pub mod suite;
pub mod supervisor;
mod suspension;
pub mod tune;
pub mod whereabouts;

pub use allowance::Allowance;
pub use catalog::Catalog;
pub use environment::{Build, describe_environment, other_processor, with_libraries};
pub use interruption::{Interruption, name_of_signal};
pub use program::{Program, Programs};
