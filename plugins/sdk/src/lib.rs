//! What an optimizer plugin for flatbench is written against.
//!
//! A plugin is a small `cdylib` crate with one struct: its hyper-parameters and its state. Deriving [`Hyperparameters`]
//! reads names, defaults, ranges and descriptions from the struct; implementing [`Optimizer`] says what one step does;
//! [`export_optimizer!`] makes the library loadable.
//!
//! ```standalone_crate
//! use flatbench_plugin::prelude::*;
//!
//! /// Gradient descent: w ← w − η ∇f(w).
//! #[derive(Hyperparameters)]
//! pub struct Gd {
//!     /// Step size η.
//!     #[hyper(default = 0.1, min = 0.0, scale = "log")]
//!     step_size: Schedule,
//! }
//!
//! impl Optimizer for Gd {
//!     fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
//!         let gradient = oracle.gradient(w)?;
//!         w.scaled_add(-self.step_size.at(oracle), &gradient);
//!         Ok(Status::Continue)
//!     }
//! }
//!
//! export_optimizer!("gd", Gd);
//! # fn main() {}
//! ```
//!
//! The loss is f(w) = (1/m) Σ ρ_i(w)² over m measurements, ρ_i = prediction − target; everything that can be asked about
//! it goes through the [`Oracle`], which counts every call. Panics are caught and become errors of the run.
//!
//! How the crate is cut: the authoring layer in this root; `interface`, the types that cross the library boundary and the
//! rules for changing them; `c_interface`, the same for other languages; and, behind the feature `host`, the loading side used by the harness.

mod batch;
mod block;
#[cfg(feature = "host")]
pub mod c_interface;
mod error;
#[doc(hidden)]
pub mod export;
#[cfg(feature = "host")]
pub mod host;
mod hyperparameters;
#[cfg_attr(not(feature = "host"), expect(dead_code, reason = "a plugin needs only its own side of the interface"))]
mod interface;
pub mod name;
mod optimizer;
mod oracle;
mod panic;
mod parameters;
mod pool;
pub mod prelude;
mod question;
mod random;
mod schedule;
pub mod schema;

pub use batch::Batch;
pub use block::{Block, BlockKey};
pub use error::{Error, Result};
pub use flatbench_plugin_derive::Hyperparameters;
pub use hyperparameters::{HyperparameterType, Hyperparameters, Values};
pub use interface::INTERFACE_VERSION;
pub use ndarray;
pub use optimizer::{Optimizer, Status};
pub use oracle::Oracle;
pub use parameters::{Parameters, Vector};
pub use random::Stream;
pub use schedule::{Schedule, Shape};

/// Compiles the tutorial.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Tutorial;
