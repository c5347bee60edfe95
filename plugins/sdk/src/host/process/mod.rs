//! What everything in a process shares, and a plugin may change for all others: seen before and after, and compared.

mod descriptors;
mod limits;
mod place;
mod signals;

use std::collections::BTreeMap;
use std::ffi::{CStr, OsString};

use descriptors::Descriptors;
use limits::Limits;
use place::Place;
use signals::Signals;

use super::control;

/// The state of this process, as far as a plugin can change it without asking: locale, environment, signals, working folder,
/// umask, limits, timers, scheduling, open descriptors. Of the calling thread where threads have their own.
///
/// Not in it: memory, threads that a plugin leaves running, and the floating-point unit, which is put back after every call;
/// [`changes_since`](ProcessState::changes_since) tells of that too.
#[derive(Clone, Debug)]
pub struct ProcessState {
    locale: String,
    environment: BTreeMap<OsString, OsString>,
    /// Whether there may be more variables.
    has_settled: bool,
    signals: Signals,
    place: Place,
    limits: Limits,
    descriptors: Descriptors,
}

impl ProcessState {
    /// As it is now. Takes some ten microseconds.
    pub fn read() -> Self {
        ProcessState {
            locale: locale(),
            environment: std::env::vars_os().collect(),
            has_settled: false,
            signals: Signals::read(),
            place: Place::read(),
            limits: Limits::read(),
            descriptors: Descriptors::read(),
        }
    }

    /// What differs from `earlier`, each as a few words, and what plugins did to the floating-point unit since this was last
    /// asked. Up to `spare` descriptors more than there were are no difference: plugins that are not done may have files open.
    pub fn changes_since(&self, earlier: &ProcessState, spare: usize) -> Vec<String> {
        let mut changes = control::take_changes();
        changes.extend(self.lasting_changes(earlier, spare));
        changes
    }

    /// Takes for granted what packages of an interpreter set up for good, `now` being the state after an import: the environment,
    /// what happens on signals with the stack of their handlers, and descriptors, whether they stay open or not. From here on new
    /// variables of the environment are no change either: packages import others, and set those, when they are first used.
    ///
    /// All else has to be as it was: locale, working folder, root, umask, limits, scheduling, blocked signals, timers, and the
    /// descriptors that there were.
    pub fn settle(&mut self, now: &ProcessState) {
        self.environment.clone_from(&now.environment);
        self.has_settled = true;
        self.signals.settle(&now.signals);
        self.descriptors.settle(&now.descriptors);
    }

    /// As [`changes_since`](ProcessState::changes_since), without what has been put back.
    pub fn lasting_changes(&self, earlier: &ProcessState, spare: usize) -> Vec<String> {
        let mut changes = Vec::new();
        if self.locale != earlier.locale {
            changes.push(format!("the locale ({} → {})", earlier.locale, self.locale));
        }
        let counts = |name: &OsString| !earlier.has_settled || earlier.environment.contains_key(name);
        let now = self.environment.iter().filter(|(name, _)| counts(name));
        let variables = differing(&earlier.environment, &now.map(|(a, b)| (a.clone(), b.clone())).collect());
        if !variables.is_empty() {
            changes.push(format!("the environment ({})", variables.join(", ")));
        }
        self.signals.compare(&earlier.signals, &mut changes);
        self.place.compare(&earlier.place, &mut changes);
        self.limits.compare(&earlier.limits, &mut changes);
        self.descriptors.compare(&earlier.descriptors, spare, &mut changes);
        changes
    }
}

/// Names of the variables that differ.
fn differing(before: &BTreeMap<OsString, OsString>, after: &BTreeMap<OsString, OsString>) -> Vec<String> {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let new = after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name);
    gone.chain(new).map(|name| name.to_string_lossy().into_owned()).collect()
}

/// `LC_GLOBAL_LOCALE` of the system's headers.
const LC_GLOBAL_LOCALE: isize = -1;

/// The names of the process's locale, and whether the thread has one of its own.
fn locale() -> String {
    // SAFETY: a null name asks; the text is valid until the next call, and copied before.
    let name = unsafe {
        let text = libc::setlocale(libc::LC_ALL, std::ptr::null());
        if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
    };
    // SAFETY: a null locale asks.
    let own = unsafe { libc::uselocale(std::ptr::null_mut()) };
    if own.is_null() || own as isize == LC_GLOBAL_LOCALE { name } else { format!("{name}, another in this thread") }
}
