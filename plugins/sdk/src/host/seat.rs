use super::{OwnThread, Stop};

/// What the runs of a library sit on while they wait for the oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Seat {
    /// Any stack: the host may switch stacks on one thread inside of a call.
    #[default]
    Coroutine,
    /// A thread of the operating system for every run, from its making to its end. Runs still go on one after the other.
    Thread,
}

impl Seat {
    /// What the flag of a library means.
    pub(super) fn new(own_thread: bool) -> Self {
        if own_thread { Seat::Thread } else { Seat::Coroutine }
    }

    /// Does `run` from begin to end where it may sit, and waits for it.
    ///
    /// # Errors
    /// The system has no thread, or no memory for its stack.
    ///
    /// # Safety
    /// Nothing that `run` borrows, owns or returns belongs to a thread: neither to the caller's, such as the guard of a lock, nor to
    /// its own, as an optimizer does that it makes.
    pub unsafe fn hold<T>(self, run: impl FnOnce() -> T) -> std::io::Result<T> {
        if self == Seat::Coroutine {
            // Which is content with the stack that there is.
            return Ok(run());
        }
        // SAFETY: by the contract above, and it has ended before this returns.
        let mut thread = unsafe { OwnThread::new(|_: &dyn Fn(())| run()) }?;
        loop {
            if let Stop::Ended(end) = thread.resume(()) {
                return Ok(end);
            }
        }
    }
}
