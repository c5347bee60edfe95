//! Instances: drawn from a case and its data file, measured, compared with their references, and written for other
//! programs.
//!
//! No optimizer's code runs here, so that these parts serve in any process. Problems themselves are pure mathematics and
//! live in `flatbench-problems`; this crate adds files, records and the choice of what is measured.

// Input reaches this crate: what it says must not end the process.
#![warn(clippy::expect_used, clippy::unwrap_used)]

mod cases;
pub mod data;
mod export;
mod gauge;
mod instance;
mod lanczos;
mod plane;
mod references;
mod sharpness;
mod weight_noise;

pub use cases::{CaseError, catalog, check_case, draw, factors, holds_out, read_point};
pub use export::{EXPORT_FORMAT, ExportError, Provenance, export_instance};
pub use gauge::Gauge;
pub use instance::Instance;
pub use lanczos::{Eigenpair, lambda_max, leading_eigenpair};
pub use plane::{Plane, plane};
pub use references::references;
pub use sharpness::{RADIUS, worst_case};
pub use weight_noise::{WeightNoise, weight_noise};
