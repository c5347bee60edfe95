use flatbench_plugin::host::{Library, LoadError, ProcessState};

use super::subject::Subject;
use crate::Check;
use crate::trial::{Plan, Trial};

pub(super) const NAME: &str = "process left as it was";

const REMEDY: &str = "do not set what the whole process shares, or put it back before returning: rounding and subnormal numbers \
                      (build without -ffast-math, which sets them when the library is loaded), locale, environment, signal \
                      handlers and masks, working folder, umask, limits, descriptors";

const FAILURE_REMEDY: &str =
    "return an error only where the run cannot go on, and never for reasons that outlive a run";

/// Other tests of the process that checks may open and close files meanwhile; a plugin that leaks does so in every run.
const SPARE_DESCRIPTORS: usize = 3;
/// Runs, so that such a plugin has left more than that.
const RUNS: usize = SPARE_DESCRIPTORS + 1;

/// What loading the library has changed.
pub(crate) fn load(path: &std::path::Path) -> (Result<Library, LoadError>, Vec<String>) {
    let mut before = ProcessState::read();
    // What was changed before is not this library's doing.
    let _ = before.changes_since(&before, 0);
    let library = Library::open(path);
    let now = ProcessState::read();
    // Packages that are imported set up more than a library may.
    if library.as_ref().is_ok_and(Library::is_guest) {
        before.settle(&now);
    }
    (library, now.changes_since(&before, SPARE_DESCRIPTORS))
}

/// Neither loading nor running the plugin changes what everything in its process shares.
pub(super) fn check(subject: &Subject) -> Check {
    if !subject.changed_on_load.is_empty() {
        let what = subject.changed_on_load.join(", ");
        return Check::failed(NAME, format!("loading the library changes {what}"), REMEDY);
    }
    let problem = &subject.factorization;
    let mut before = ProcessState::read();
    if subject.library.is_guest() {
        before.settle(&before.clone());
    }
    let variants = subject.variants(problem);
    for variant in variants.iter().chain(std::iter::repeat_n(&variants[0], RUNS)) {
        let plan =
            Plan { problem, settings: &variant.settings, start: &problem.start, seed: 1, budget: 400.0, max_steps: 40 };
        let trial = Trial::new(&subject.library, &plan);
        let at = if variant.label.is_empty() { String::new() } else { format!(" with {}", variant.label) };
        if let Some(failure) = trial.failure() {
            return Check::failed(NAME, format!("a run{at} fails {failure}"), FAILURE_REMEDY);
        }
        let changes = ProcessState::read().changes_since(&before, SPARE_DESCRIPTORS);
        if !changes.is_empty() {
            return Check::failed(NAME, format!("a run{at} changes {}", changes.join(", ")), REMEDY);
        }
    }
    Check::passed(NAME, "floating-point unit, locale, environment, signals, folder, limits and descriptors")
}
