//! One file per property. Each takes the [`Subject`] and returns a [`Check`].

mod budget;
mod convergence;
mod cost;
mod determinism;
mod finiteness;
mod memory;
mod progress;
mod schema;
mod shapes;
mod subject;

use std::path::Path;

use flatbench_plugin::host::{Library, Value};

use crate::{Check, Report};
use subject::Subject;

/// Loads a plugin library and holds it against every property, at its default hyper-parameters (and, where chance matters, at
/// others).
///
/// Runs the plugin in this process; see the crate's introduction. Takes well under a second unless the plugin is slow.
pub fn check(library: impl AsRef<Path>) -> Report {
    check_with(library, &[])
}

/// [`check`] with other values, in absolute units, in the place of some defaults: for a plugin that can only be judged at those.
pub fn check_with(library: impl AsRef<Path>, overrides: &[(String, Value)]) -> Report {
    let path = library.as_ref();
    let (checks, description) = match Library::open(path) {
        Ok(library) => {
            let description = library.description().clone();
            (all(&Subject::new(library, overrides)), Some(description))
        }
        Err(error) => {
            let text = error.to_string();
            // The remedy stands in the parenthesis that ends the line.
            let (what, remedy) = text.rsplit_once(" (").unwrap_or((&text, "rebuild the plugin)"));
            (vec![Check::failed("loads", what, remedy.trim_end_matches(')'))], None)
        }
    };
    Report { library: path.to_owned(), description, checks }
}

fn all(subject: &Subject) -> Vec<Check> {
    let mut checks = vec![subject.loads(), schema::check(subject)];
    // What follows needs an optimizer to be made at all.
    match subject.unusable() {
        Some(check) => checks.push(check),
        None => checks.extend([
            determinism::repeatable(subject),
            determinism::seeded(subject),
            progress::convex(subject),
            progress::factorization(subject),
            budget::check(subject),
            convergence::check(subject),
            finiteness::check(subject),
            memory::check(subject),
            shapes::check(subject),
            cost::check(subject),
        ]),
    }
    checks
}
