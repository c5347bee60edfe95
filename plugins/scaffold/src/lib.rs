//! New optimizer plugins, from templates: what `flatbench plugin new` writes.
//!
//! [`scaffold`] makes a folder with a plugin that builds, conforms and can be run at once; the templates are in `templates/`, as they
//! are written except for `{{name}}`, `{{type}}`, `{{sdk}}` and `{{conformance}}`.

mod error;
mod name;
mod path;
mod template;

pub use error::ScaffoldError;
pub use template::{Language, scaffold};
