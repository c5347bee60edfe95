//! Suites: the TOML that says which optimizers meet which cases, checked completely before anything runs.
//!
//! [`Suite::check`] either returns a suite in which every name, type and range holds, or every mistake of the file at once.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod axis;
mod cases;
mod check;
mod content;
mod difference;
mod given;
mod literal;
mod measure;
mod mistake;
mod model;
mod optimizers;
mod published;
mod resolved;
mod section;
mod settings;
mod starts;
mod sweep;
mod value;
mod variation;

pub use check::Source;
pub use content::without_places;
pub use difference::differences;
pub(crate) use given::GivenStart;
pub(crate) use literal::values as literal_values;
pub use mistake::{SuiteMistake, SuiteMistakes, nearest, suggestion};
pub(crate) use model::Settings;
pub use model::{NotAdded, Setting, Suite, SuiteCase, SuiteOptimizer, Tuning};
pub(crate) use value::plain as plain_value;
pub use variation::Variation;
