//! What crosses the boundary between host and plugin library. Everything here has a layout that abi_stable checks when a
//! library is loaded; nothing outside this module and `export`/`host` knows that abi_stable exists.
//!
//! # Rules for changing it
//!
//! The interface has a version of its own, [`INTERFACE_VERSION`], *major.minor.patch*. A host loads plugins of the same
//! major version, older and newer.
//!
//! - The **tables** ([`module::PluginModule`], [`instance::InstanceTable`], [`oracle::OracleTable`]) grow: a new function
//!   is added *after* all others, below the field marked `last_prefix_field`, which never moves. Reading it gives an
//!   `Option`, `None` where the other side is older; say there what happens then. This is a new minor version.
//! - The **data** (values, descriptions, handles, errors) is frozen: no field and no variant is added, removed, reordered or
//!   retyped. New data needs a new function that carries it. Numbers that stand for words ([`error::kind`], [`step`],
//!   [`question::number`]) may get new words, which the other side takes as the most general one, or refuses where it is a question.
//! - Each version has a committed description (`layout-*.txt`, beside this file) that a test holds against the types: a change
//!   without a new version fails it. Descriptions of versions that were released stay as they are.
//! - abi_stable also compares the version of the crate that the types are in. A new 0.*y* of this crate (later a new major version)
//!   makes older plugins incompatible whatever the types say, so it comes with a new major version of the interface.
//! - 1.1 added [`module::PluginModule::own_thread`]; without it a library minds no stack.
//! - 1.2 added [`oracle::OracleTable::answer`], which takes every question by its [number](question::number): a new question is a new
//!   number, and no new function. Without it a question that has no function of its own is refused as not supported.
//! - A change of anything else, meaning included, is a new major version: old plugins are then refused with one line.
//!
//! # Rules for calls
//!
//! No unwinding crosses: either side catches its panics. Memory is freed by the side that allocated it (abi_stable's
//! containers carry their own way of being freed). Slices are borrowed for the length of the call. No lock may be held while
//! calling the oracle, since the host may run something else on the same thread before the call returns.

pub(crate) mod error;
pub(crate) mod instance;
#[cfg(test)]
mod layout;
pub(crate) mod module;
pub(crate) mod oracle;
pub(crate) mod question;
pub(crate) mod value;

/// Version of the plugin interface, independent of the version of this crate.
pub const INTERFACE_VERSION: &str = "1.2.0";

/// What a step returns when it does not fail.
pub(crate) mod step {
    /// Go on. Also the meaning of numbers not listed here.
    pub(crate) const CONTINUE: u32 = 0;
    /// The optimizer has converged.
    pub(crate) const CONVERGED: u32 = 1;
}
