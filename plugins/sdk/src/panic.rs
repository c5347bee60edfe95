use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use crate::Result;
use crate::interface::error::{Fallible, InterfaceError};

thread_local! {
    /// Guarded calls on this thread that have not returned.
    static GUARDED: Cell<usize> = const { Cell::new(0) };
    /// What the hook saw last.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `call`; a panic in it becomes an error with message and place, and is not printed.
pub(crate) fn guard<T>(call: impl FnOnce() -> Result<T>) -> Fallible<T> {
    catch_silently();
    // The host may run another optimizer of this library on this thread while an oracle call is under way; so this counts.
    GUARDED.with(|count| count.set(count.get().wrapping_add(1)));
    // The optimizer may be left in any state by a panic; the host ends the run and does not call it again.
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    GUARDED.with(|count| count.set(count.get().wrapping_sub(1)));
    match outcome {
        Ok(result) => result.map_err(InterfaceError::from).into(),
        Err(payload) => Fallible::RErr(InterfaceError::panicked(describe(payload))),
    }
}

fn describe(payload: Box<dyn Any + Send>) -> String {
    let message = MESSAGE.take().unwrap_or_else(|| text_of(&*payload).to_owned());
    // A payload whose own drop panics would otherwise unwind out of the library.
    if panic::catch_unwind(AssertUnwindSafe(|| drop(payload))).is_err() {
        return format!("{message} (and dropping its payload panicked)");
    }
    message
}

/// Replaces this library's own panic hook: panics of guarded calls are kept for the host, which reports them once.
fn catch_silently() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_guarded = GUARDED.try_with(Cell::get).unwrap_or(0) > 0;
            // Where a panic aborts, this is the last that is heard of it; so it is with a panic that comes while another
            // one's message still waits to be taken.
            if !is_guarded || cfg!(panic = "abort") || MESSAGE.replace(Some(message_of(info))).is_some() {
                print(info);
            }
        }));
    });
}

fn message_of(info: &PanicHookInfo<'_>) -> String {
    let text = text_of(info.payload());
    match info.location() {
        Some(place) => format!("{text} (at {}:{}:{})", place.file(), place.line(), place.column()),
        None => text.to_owned(),
    }
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panicked with a value that is no text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::error::kind;

    #[test]
    fn a_panic_becomes_an_error_with_message_and_place() {
        let outcome: Fallible<()> = guard(|| panic!("lost my {}", "way"));
        let error = outcome.into_result().expect_err("the closure panicked");
        assert_eq!(error.kind, kind::PANICKED);
        assert!(error.message.starts_with("lost my way (at "), "{}", error.message);
        assert!(error.message.contains("panic.rs:"), "{}", error.message);
    }

    #[test]
    fn a_result_passes_through() {
        assert_eq!(guard(|| Ok(3)).into_result().expect("no error"), 3);
        assert_eq!(guard::<()>(|| Err(crate::Error::Budget)).into_result().expect_err("an error").kind, kind::BUDGET);
    }
}
