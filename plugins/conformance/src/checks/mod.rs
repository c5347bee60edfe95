//! One file per property. Each takes the [`Subject`] and returns a [`Check`].

mod budget;
mod convergence;
mod cost;
mod determinism;
mod finiteness;
mod memory;
mod process;
mod progress;
mod schema;
mod shapes;
mod stack;
mod subject;

use std::path::Path;

use flatbench_plugin::host::{Value, loaded_files};

use crate::{Check, Event, Report};
use subject::Subject;

/// The name of a check, and the check.
type Property = (&'static str, fn(&Subject) -> Check);

/// What is held up once an optimizer can be made, in this order.
const PROPERTIES: [Property; 12] = [
    // Before others crash of it.
    (stack::NAME, stack::check),
    // First, since what it finds may be the reason for what the others do.
    (process::NAME, process::check),
    (determinism::REPEATABLE, determinism::repeatable),
    (determinism::SEEDED, determinism::seeded),
    (progress::CONVEX, progress::convex),
    (progress::FACTORIZATION, progress::factorization),
    (budget::NAME, budget::check),
    (convergence::NAME, convergence::check),
    (finiteness::NAME, finiteness::check),
    (memory::NAME, memory::check),
    (shapes::NAME, shapes::check),
    (cost::NAME, cost::check),
];

/// Loads a plugin library and holds it against every property, at its default hyper-parameters (and, where chance matters, at
/// others).
///
/// Runs the plugin in this process; see the crate's introduction. Takes well under a second unless the plugin is slow.
pub fn check(library: impl AsRef<Path>) -> Report {
    check_with(library, &[])
}

/// [`check`] with other values, in absolute units, in the place of some defaults: for a plugin that can only be judged at those.
pub fn check_with(library: impl AsRef<Path>, overrides: &[(String, Value)]) -> Report {
    let mut report = Report::new(library.as_ref());
    check_each(library, overrides, &mut |event| report.take(event));
    report
}

/// [`check_with`] for a process that the plugin may end at any moment: `tell` hears of every check before it begins and when it is
/// done, so that a supervisor knows which one was under way.
pub fn check_each(library: impl AsRef<Path>, overrides: &[(String, Value)], tell: &mut dyn FnMut(Event)) {
    let mut made = |name: &str, make: &mut dyn FnMut() -> Check| {
        tell(Event::Begins(name.to_owned()));
        tell(Event::Ended(make()));
    };
    let files_before = loaded_files();
    let mut loaded = None;
    made(subject::LOADS, &mut || match process::load(library.as_ref()) {
        (Ok(library), changes) => {
            let check = subject::loads(&library);
            loaded = Some((library, changes));
            check
        }
        (Err(error), _) => {
            let text = error.to_string();
            // The remedy stands in the parenthesis that ends the line.
            let (what, remedy) = text.rsplit_once(" (").unwrap_or((&text, "rebuild the plugin)"));
            Check::failed(subject::LOADS, what, remedy.trim_end_matches(')'))
        }
    });
    if let Some((library, changes)) = loaded {
        let subject = Subject::new(library, changes, files_before, overrides);
        made(schema::NAME, &mut || schema::check(&subject));
        let mut usable = true;
        made(subject::USABLE, &mut || {
            let check = subject.usable();
            usable = check.verdict != crate::Verdict::Failed;
            check
        });
        // What follows needs an optimizer to be made at all.
        for (name, check) in PROPERTIES.into_iter().filter(|_| usable) {
            made(name, &mut || check(&subject));
        }
    }
    tell(Event::Over);
}
