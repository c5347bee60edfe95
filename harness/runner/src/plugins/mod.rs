//! Optimizer plugins as files: finding crates, files in C, C++ and Python, and libraries, building them with cargo, a compiler or an
//! interpreter, and asking each library what it is. What a plugin in Python is built to, a parcel, is a library too.
//!
//! A library is arbitrary code, so it is never loaded here: a child process describes it ([`Describer`]).

mod build;
mod c;
mod child;
mod collection;
mod describe;
mod error;
mod interpreter;
mod listing;
mod look;
mod manifest;
mod parcel;
mod python;
mod shelf;
mod tree;

pub use child::{Child, End, watch};
pub(crate) use collection::hash_of;
pub use collection::{Collection, Plugin, Request, build_at, collect};
pub use describe::Describer;
pub use error::PluginError;
pub(crate) use interpreter::IMPORT;
pub use interpreter::Interpreter;
pub use listing::digest;
pub use shelf::Shelf;
pub(crate) use shelf::name_of_copy;
pub use tree::SourceTree;
