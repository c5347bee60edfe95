use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use flatbench_plugin::host::Seat;
use flatbench_problems::GroupRequest;

use super::thread::Thread;

/// Bytes of a run's stack, as much as the main thread of a process usually has. Only what is used becomes memory; the page
/// below faults.
pub(super) const STACK: usize = 8 << 20;

/// What a run asks of its group.
pub(super) type Request = GroupRequest<'static>;

/// A stack with a run on it, which goes on only in [`resume`](Stack::resume).
///
/// Dropping an unfinished one abandons what is on it, for ever: plugins cannot be unwound.
pub(super) struct Stack<T>(Kind<T>);

enum Kind<T> {
    /// Left and entered by the thread that resumes it. The option is `None` only while it is dropped.
    Coroutine(Option<Coroutine<f64, Request, T>>),
    /// A thread of its own, which waits whenever it is not resumed.
    Thread(Thread<T>),
}

/// Why a run does not go on.
pub(super) enum Stop<T> {
    /// It waits for an answer.
    Waits(Request),
    /// It has ended.
    Ended(T),
}

/// What a run leaves its stack by, from anywhere on it.
pub(super) trait Leave {
    /// Stops the run until the request is served; returns the loss that comes with it.
    fn leave(&self, request: Request) -> f64;
}

impl Leave for Yielder<f64, Request> {
    fn leave(&self, request: Request) -> f64 {
        self.suspend(request)
    }
}

impl<T> Stack<T> {
    /// A stack for `run`, which begins when it is first resumed.
    ///
    /// # Errors
    /// No memory for a stack, or no thread to be had.
    ///
    /// # Safety
    /// What `run` borrows is there for as long as the stack is resumed.
    pub(super) unsafe fn new<'a>(seat: Seat, run: impl FnOnce(&dyn Leave) -> T + 'a) -> std::io::Result<Self>
    where
        T: 'a,
    {
        Ok(Stack(match seat {
            Seat::Coroutine => {
                let body = |yielder: &Yielder<f64, Request>, _: f64| run(yielder);
                // SAFETY: by the contract above; a coroutine that is dropped unfinished is forgotten, and never entered again.
                Kind::Coroutine(Some(unsafe { Coroutine::with_stack_unchecked(DefaultStack::new(STACK)?, body) }))
            }
            // SAFETY: by the contract above.
            Seat::Thread => Kind::Thread(unsafe { Thread::new(run) }?),
        }))
    }

    /// Lets the run go on, with the loss that it waits for, until it waits again or ends. A panic in it passes through.
    pub(super) fn resume(&mut self, loss: f64) -> Stop<T> {
        match &mut self.0 {
            Kind::Coroutine(Some(coroutine)) => match coroutine.resume(loss) {
                CoroutineResult::Yield(request) => Stop::Waits(request),
                CoroutineResult::Return(end) => Stop::Ended(end),
            },
            Kind::Coroutine(None) => unreachable!("taken only when the stack is dropped"),
            Kind::Thread(thread) => thread.resume(loss),
        }
    }
}

impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        if let Kind::Coroutine(coroutine) = &mut self.0
            && let Some(unfinished) = coroutine.take_if(|coroutine| !coroutine.done())
        {
            std::mem::forget(unfinished);
        }
    }
}
