//! New optimizer plugins, from templates: what `flatbench plugin new` writes.
//!
//! [`scaffold`] makes a folder with a plugin that builds, conforms and can be run at once; the templates are in `templates/`, as they
//! are written except for what stands in double braces: the name, and where the SDK is.

mod error;
mod name;
mod path;
mod sdk;
mod template;

pub use error::ScaffoldError;
pub use sdk::Sdk;
pub use template::{Language, default_folder, scaffold};
