//! The process that touches plugins: it draws instances, loads optimizer libraries, drives runs and measures where they
//! end. A plugin is arbitrary native code, so everything here may die at any moment; the supervisor expects that.
//!
//! A job's runs share an instance and take their turns in lockstep. A run goes through [`drive`]: the optimizer's `step` is
//! called until one of the ends, every oracle call passes the ledger, and all metrics are recomputed from the parameters by
//! the gauge.

mod alone;
mod beat;
mod cases;
mod checkpoints;
pub mod data;
mod describe;
mod drive;
mod export;
mod finite;
mod gauge;
mod instance;
mod lanczos;
mod ledger;
mod lockstep;
mod oracle;
mod plugins;
mod references;
mod serve;
mod sharpness;
mod weight_noise;

pub use alone::{AloneError, perform};
pub use cases::{CaseError, Checked, DATA_HASH, Mistake, catalog, check_case};
pub use describe::describe;
pub use drive::{Pulse, drive, drive_with};
pub use export::{EXPORT_FORMAT, ExportError, Provenance, export_instance};
pub use flatbench_problems::limit::{LIMIT_LOSS, LimitPoint, limit_point};
pub use gauge::Gauge;
pub use instance::Instance;
pub use lanczos::{Eigenpair, lambda_max};
pub use ledger::{Call, Ledger, OVERDRAFT};
pub use lockstep::{Lockstep, RunClock};
pub use oracle::MeteredOracle;
pub use references::references;
pub use serve::serve;
pub use sharpness::{RADIUS, worst_case};
pub use weight_noise::{WeightNoise, weight_noise};
