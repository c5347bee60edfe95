//! Plugins of other languages, through [`crate::c_interface`].

mod context;
mod instance;
mod module;
mod reading;

pub(super) use instance::CInstance;
pub(super) use module::CModule;
