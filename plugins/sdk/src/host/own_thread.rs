use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, Result};

use super::standard_control_words;

/// Bytes of a run's stack, as much as the main thread of a process usually has. Only what is used becomes memory; the page
/// below faults.
pub const STACK: usize = 8 << 20;

/// A thread of the operating system with a run on it, which goes on only in [`resume`](OwnThread::resume). The two hand over to
/// each other: one of them goes on, and the other sleeps. The run asks `Q`s, is answered with `A`s, and ends with a `T`.
///
/// Dropping an unfinished one abandons the thread, which sleeps for ever: plugins cannot be unwound.
pub struct OwnThread<Q, A, T> {
    /// `None` when it has ended.
    handle: Option<JoinHandle<()>>,
    post: Arc<Post<Q, A, T>>,
}

/// Why a run does not go on.
#[derive(Debug)]
pub enum Stop<Q, T> {
    /// It waits for an answer.
    Waits(Q),
    /// It has ended.
    Ended(T),
}

/// What is handed over.
struct Post<Q, A, T> {
    to_run: Mailbox<A>,
    to_host: Mailbox<Stop<Q, Result<T>>>,
}

impl<Q, A, T> OwnThread<Q, A, T> {
    /// A thread on which `run` begins when it is first resumed. By the function that it is given it asks, and sleeps until it
    /// is answered.
    ///
    /// # Errors
    /// The system has no thread, or no memory for its stack.
    ///
    /// # Safety
    /// What `run` borrows is there for as long as the thread is resumed, and nothing that it is given or leaves behind belongs to
    /// the thread of the caller.
    pub unsafe fn new(run: impl FnOnce(&dyn Fn(Q) -> A) -> T) -> std::io::Result<Self> {
        let post = Arc::new(Post { to_run: Mailbox::new(), to_host: Mailbox::new() });
        let handed = Handed((run, post.clone()));
        let body = move || {
            let (run, post) = handed.open();
            // A thread begins with the words of the one that made it.
            standard_control_words();
            post.to_run.take();
            let ask = |question| {
                post.to_host.put(Stop::Waits(question));
                post.to_run.take()
            };
            let end = catch_unwind(AssertUnwindSafe(|| run(&ask)));
            post.to_host.put(Stop::Ended(end));
        };
        let builder = Builder::new().name("run".to_owned()).stack_size(STACK);
        // SAFETY: what is borrowed is used between two handovers only, by the contract above; a thread that is never resumed
        // sleeps for ever. After its last word it drops its share of the post, which by then is empty.
        let handle = Some(unsafe { builder.spawn_unchecked(body) }?);
        Ok(OwnThread { handle, post })
    }

    /// Lets the run go on, with what it waits for, until it waits again or ends. When it has ended, so has the thread, with what
    /// it had to clean up. A panic in it passes through.
    pub fn resume(&mut self, answer: A) -> Stop<Q, T> {
        self.post.to_run.put(answer);
        let end = match self.post.to_host.take() {
            Stop::Waits(question) => return Stop::Waits(question),
            Stop::Ended(end) => end,
        };
        let gone = self.handle.take().map_or(Ok(()), JoinHandle::join);
        match gone.and(end) {
            Ok(end) => Stop::Ended(end),
            Err(payload) => resume_unwind(payload),
        }
    }
}

impl<Q, A, T> std::fmt::Debug for OwnThread<Q, A, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnThread").field("ended", &self.handle.is_none()).finish_non_exhaustive()
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

// SAFETY: host and run never go on at the same time, and every change of turns goes through the lock of a mailbox, so all that
// either does is done before the other looks. Nothing that is handed over belongs to a thread: the host keeps no thread-local
// state across a question, and an optimizer is made, called and dropped on the thread of its run.
unsafe impl<M> Send for Handed<M> {}

impl<M> Handed<M> {
    fn open(self) -> M {
        self.0
    }
}
