//! The way from a Python object to what exists only during a call.

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::thread::ThreadId;

use flatbench_plugin::Vector;
use pyo3::PyResult;

use crate::errors::OracleError;

/// What an optimizer asks through, for the time of a call: the SDK's oracle, and vectors to copy arguments into.
pub(crate) struct Desk<'a> {
    pub(crate) oracle: &'a mut flatbench_plugin::Oracle,
    pub(crate) point: &'a mut Vector,
    pub(crate) direction: &'a mut Vector,
}

/// A door that is open during a call, for the thread of the run alone.
pub(crate) struct Door {
    desk: AtomicPtr<RefCell<Desk<'static>>>,
    thread: ThreadId,
}

impl Door {
    /// Of the run that the calling thread does.
    pub(crate) fn new() -> Self {
        Door { desk: AtomicPtr::new(ptr::null_mut()), thread: std::thread::current().id() }
    }

    /// Opens it for the time of `call`, which does not unwind.
    pub(crate) fn open<T>(&self, desk: Desk<'_>, call: impl FnOnce() -> T) -> T {
        struct Closing<'a>(&'a Door);
        impl Drop for Closing<'_> {
            fn drop(&mut self) {
                self.0.desk.store(ptr::null_mut(), Ordering::Release);
            }
        }
        let desk = RefCell::new(desk);
        self.desk.store(ptr::from_ref(&desk).cast_mut().cast(), Ordering::Release);
        let closing = Closing(self);
        let result = call();
        drop(closing);
        result
    }

    /// Goes in.
    ///
    /// # Errors
    /// `OracleError` outside of a call, on another thread, or while an answer is under way.
    pub(crate) fn enter<T>(&self, work: impl FnOnce(&mut Desk<'_>) -> T) -> PyResult<T> {
        let refused = |reason: &'static str| Err(OracleError::new_err(reason));
        if std::thread::current().id() != self.thread {
            return refused(
                "the oracle answers only on the thread that its run is on: ask it there, and hand the numbers on",
            );
        }
        let desk = self.desk.load(Ordering::Acquire);
        if desk.is_null() {
            return refused("the oracle answers only during `initialize`, `step` and `report` of its run");
        }
        // SAFETY: not null, so `open` of this thread is under way and keeps it alive; only its lifetime was widened.
        let desk = unsafe { &*desk };
        match desk.try_borrow_mut() {
            Ok(mut desk) => Ok(work(&mut desk)),
            Err(_) => refused("the oracle is answering already"),
        }
    }
}
