//! Doing runs in worker processes that may die at any moment.
//!
//! A worker is given one [`Job`](flatbench_records::protocol::Job) at a time and reports each of its runs. When it dies, or
//! a run takes too long and it is killed, the runs in progress are suspects: each is begun again, alone in a new worker, so
//! that it speaks for itself, and is recorded as the culprit only if that one dies too. Runs not begun go to a new worker. A
//! worker that was ended from outside (SIGKILL, SIGTERM, SIGUSR1, ..) or stands still says nothing about its run, which is begun again, up
//! to five times. Any other failure counts in the same way: only where a worker has done nothing else. A worker whose process a
//! plugin has changed is given up, and the runs that were under way are done again, each by itself.
//!
//! Time is the optimizer's or the host's, and each has a limit. What an optimizer has reached is told before the host measures
//! it, and is recorded whatever becomes of the measuring. What is missing that every run needs (memory, descriptors, data) is
//! nobody's fault and no record: `settlement` has the rules.
//!
//! A worker is a process for native libraries, or one with an interpreter in it: jobs are of one kind or the other, a worker keeps to
//! its kind, and makes room where jobs of the other one are all that is left. What an interpreter takes to import a plugin is nobody's
//! time, and has a limit of its own.
//!
//! The references of an instance are solved by the first worker that draws it and handed over to later ones, as long as
//! no plugin can be suspected of having changed them: see `references`.
//!
//! Every duration is measured on the monotonic clock, so that setting the clock of the machine changes nothing; time in
//! which the supervisor itself was stopped counts for nobody.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod assignment;
mod death;
mod interface;
mod pool;
mod queue;
mod references;
mod settlement;
mod tail;
mod verdict;
mod vitals;
mod worker;

pub use death::death_in_words;
pub(crate) use death::is_from_outside;
pub use interface::{Ended, Listener, Settings, SupervisorError};
pub use pool::supervise;
