//! One instance as files that other programs read: `.npy` arrays, and an `instance.json` that says what each of them is.

mod arrays;
mod description;
mod error;

pub use description::{EXPORT_FORMAT, Provenance, export_instance};
pub use error::ExportError;
