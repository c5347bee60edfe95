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
}
