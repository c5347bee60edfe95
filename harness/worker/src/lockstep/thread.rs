use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, Result};

use flatbench_plugin::host::standard_control_words;

use super::stack::{Leave, Request, STACK, Stop};

/// A thread of the operating system with a run on it. Worker and run hand over to each other: one of them goes on, and the
/// other sleeps.
pub(super) struct Thread<T> {
    /// `None` when it has ended.
    handle: Option<JoinHandle<()>>,
    post: Arc<Post<T>>,
}

/// What is handed over. The order of things is that of the lock in each box.
struct Post<T> {
    to_run: Mailbox<f64>,
    to_worker: Mailbox<Stop<Result<T>>>,
}

impl<T> Thread<T> {
    /// A thread on which `run` begins when it is first resumed.
    ///
    /// # Errors
    /// The system has no thread or no memory for its stack.
    ///
    /// # Safety
    /// What `run` borrows is there for as long as the thread is resumed.
    pub(super) unsafe fn new<'a>(run: impl FnOnce(&dyn Leave) -> T + 'a) -> std::io::Result<Self>
    where
        T: 'a,
    {
        let post = Arc::new(Post { to_run: Mailbox::new(), to_worker: Mailbox::new() });
        let handed = Handed((run, post.clone()));
        let body = move || {
            let (run, post) = handed.open();
            // The thread that made this one may have had others, which are handed down.
            standard_control_words();
            post.to_run.take();
            let end = catch_unwind(AssertUnwindSafe(|| run(&*post)));
            post.to_worker.put(Stop::Ended(end));
        };
        let builder = Builder::new().name("run".to_owned()).stack_size(STACK);
        // SAFETY: what is borrowed is used between two handovers only, by the contract above; a thread that is never resumed
        // sleeps for ever. What it drops after its last word is its share of the post, which borrows nothing.
        let handle = Some(unsafe { builder.spawn_unchecked(body) }?);
        Ok(Thread { handle, post })
    }

    /// Lets the run go on until it waits or ends. When it has ended, so has the thread, with what it had to clean up.
    pub(super) fn resume(&mut self, loss: f64) -> Stop<T> {
        self.post.to_run.put(loss);
        let end = match self.post.to_worker.take() {
            Stop::Waits(request) => return Stop::Waits(request),
            Stop::Ended(end) => end,
        };
        let gone = self.handle.take().map_or(Ok(()), JoinHandle::join);
        match gone.and(end) {
            Ok(end) => Stop::Ended(end),
            Err(payload) => resume_unwind(payload),
        }
    }
}

impl<T> Leave for Post<T> {
    fn leave(&self, request: Request) -> f64 {
        self.to_worker.put(Stop::Waits(request));
        self.to_run.take()
    }
}

/// Room for one thing, between two threads.
struct Mailbox<M> {
    content: Mutex<Option<Handed<M>>>,
    filled: Condvar,
}

impl<M> Mailbox<M> {
    fn new() -> Self {
        Mailbox { content: Mutex::new(None), filled: Condvar::new() }
    }

    fn put(&self, message: M) {
        *self.content.lock().unwrap_or_else(PoisonError::into_inner) = Some(Handed(message));
        self.filled.notify_one();
    }

    /// Sleeps until there is something.
    fn take(&self) -> M {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match content.take() {
                Some(message) => return message.open(),
                None => content = self.filled.wait(content).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// What passes to another thread though its type may not: reference counts and cells without locks, pointers to the stack of
/// the one that waits.
struct Handed<M>(M);

// SAFETY: worker and run never go on at the same time, and every change of turns goes through the lock of a mailbox, so all
// that either does is done before the other looks. Nothing that is handed over belongs to a thread: the host keeps no
// thread-local state across a question, and an optimizer is made, called and dropped on the thread of its run.
unsafe impl<M> Send for Handed<M> {}

impl<M> Handed<M> {
    fn open(self) -> M {
        self.0
    }
}
