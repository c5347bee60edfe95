//! Optimizer plugins as files: finding crates, C and C++ files and libraries, building them with cargo and a compiler, and asking each
//! library what it is.
//!
//! A library is arbitrary native code, so it is never loaded here: a child process describes it ([`Describer`]).

mod build;
mod c;
mod child;
mod collection;
mod describe;
mod error;
mod look;
mod tree;

pub use child::{Child, End, watch};
pub(crate) use collection::hash_of;
pub use collection::{Collection, Plugin, Request, build_at, collect};
pub use describe::Describer;
pub use error::PluginError;
pub use tree::SourceTree;
