//! The plugin interface for other languages: `include/flatbench_plugin.h` is generated from the types in this module, and a test
//! holds the two together.
//!
//! A library exports one function, `flatbench_optimizer_v1`, that returns a [`FlatbenchOptimizer`]: who it is, what can be set
//! and what it does. The host hands it a [`FlatbenchOracle`].
//!
//! # Rules for changing it
//!
//! The number in the symbol is the major version. [`FlatbenchOptimizer`] and [`FlatbenchOracle`] start with their own size and
//! may grow at the end: a new minor version, in which the host reads only as much as the plugin has and the other way round;
//! what is missing counts as zero, which has to mean what was the case before.
//! All other structs are frozen. Codes may be added; an unknown one means an error (from a plugin) or the most general of its
//! kind. Any other change is a new symbol.

mod optimizer;
mod oracle;
mod value;

pub use optimizer::*;
pub use oracle::*;
pub use value::*;

/// Name of the function that a library exports.
pub(crate) const SYMBOL: &[u8] = b"flatbench_optimizer_v1\0";

/// Type of that function. The struct stays valid and unchanged while the library is loaded.
pub type Entry = unsafe extern "C" fn() -> *const FlatbenchOptimizer;
