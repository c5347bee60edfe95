use flatbench_plugin::host::{Seat, runtimes_since};

use super::subject::Subject;
use crate::Check;

pub(super) const NAME: &str = "stack of its own";

const REMEDY: &str = "ask for a thread for every run, `.own_thread = true` at the end of FlatbenchOptimizer or \
                      `export_optimizer!(…, own_thread)`: such a run-time system keeps books on the stack that it is called on, and the \
                      host changes stacks while a run waits for its oracle";

/// A library that brings a run-time system which minds its stack asks for a thread. Made when an optimizer has been made, since
/// some load theirs only then.
pub(super) fn check(subject: &Subject) -> Check {
    if subject.library.seat() == Seat::Thread {
        return Check::passed(NAME, "it asks for a thread for every run, and was checked on such threads");
    }
    let Some(earlier) = &subject.files_before else {
        return Check::skipped(NAME, "the system does not tell which files are loaded, so this cannot be seen here");
    };
    let found = runtimes_since(earlier);
    if found.is_empty() {
        return Check::passed(
            NAME,
            "it asks for none, and no CPython, Go, Julia or Java came with it; others, and what is hidden in a library, cannot be seen",
        );
    }
    let found: Vec<_> = found.iter().map(|runtime| format!("{} ({})", runtime.name, runtime.file.display())).collect();
    Check::failed(NAME, format!("{} came with it, and it does not ask for a thread", found.join(", ")), REMEDY)
}
