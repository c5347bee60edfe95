//! Optimizer plugins as files: finding crates and libraries, building the crates with cargo, and asking each library what
//! it is.
//!
//! A library is arbitrary native code, so it is never loaded here: a child process describes it ([`Describer`]).

mod build;
mod collection;
mod describe;
mod error;
mod tree;

pub use collection::{Collection, Plugin, Request, collect};
pub use describe::Describer;
pub use error::PluginError;
pub use tree::SourceTree;
