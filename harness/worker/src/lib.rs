//! The process that touches plugins: it loads optimizer libraries and drives their runs. A plugin is arbitrary native
//! code, so everything here may die at any moment; the supervisor expects that.
//!
//! A job's runs share an instance and take their turns in lockstep. A run goes through [`drive`]: the optimizer's `step` is
//! called until one of the ends, every oracle call passes the ledger, and all metrics are recomputed from the parameters by
//! the gauge of `flatbench-instances`.

// Jobs and libraries reach this crate: what they say must not end the process.
#![deny(clippy::expect_used, clippy::unwrap_used)]

mod alone;
mod beat;
mod describe;
mod desk;
mod drive;
mod finite;
mod ledger;
mod lockstep;
mod oracle;
mod pipe;
mod plugins;
mod serve;

pub use alone::{AloneError, Performed, perform};
pub use describe::describe;
pub use drive::{Listener, Pulse, RunPlan, Silent, drive, drive_with};
pub use ledger::{Ledger, OVERDRAFT};
pub use lockstep::{Lockstep, RunClock};
pub use oracle::MeteredOracle;
pub use pipe::claim_stdout;
pub use serve::serve;
