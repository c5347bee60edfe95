//! What every optimizer plugin for flatbench is held against: the checks behind `flatbench plugin check`.
//!
//! [`check`] loads a plugin library and runs it on small problems whose answers are known; its [`Report`] has one [`Check`] per
//! property, each with what was found and, where it failed, what to change. A plugin calls it from its own tests:
//!
//! ```no_run
//! flatbench_conformance::build_and_check!();
//! ```
//!
//! The plugin runs in the calling process: one that crashes or loops for ever takes the process along, so `flatbench plugin check` calls
//! [`check_each`] in a process of its own and with a time limit.
//!
//! How the crate is cut: `toy` holds the problems and the ledger, `trial` drives a plugin through one of them, `checks` has one
//! file per property, `artifact` asks cargo for the library of a crate.

mod artifact;
mod checks;
mod report;
mod settings;
mod toy;
mod trial;

pub use artifact::{ArtifactError, build};
pub use checks::{check, check_each, check_with};
pub use flatbench_plugin::host::Value;
pub use report::{Check, Event, Report, Verdict, assert_conforms};

/// Builds the library of the crate that calls it and holds it against all checks; panics with the report if one fails.
#[macro_export]
macro_rules! build_and_check {
    () => {
        match $crate::build(env!("CARGO_MANIFEST_DIR")) {
            Ok(library) => $crate::assert_conforms(library),
            Err(error) => panic!("{error}"),
        }
    };
}
