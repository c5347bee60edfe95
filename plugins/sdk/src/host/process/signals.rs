use std::mem::zeroed;
use std::ptr::null;

/// Signals of the system.
const SIGNALS: std::ops::RangeInclusive<i32> = 1..=64;

const NAMES: [(i32, &str); 16] = [
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGINT, "SIGINT"),
    (libc::SIGILL, "SIGILL"),
    (libc::SIGTRAP, "SIGTRAP"),
    (libc::SIGABRT, "SIGABRT"),
    (libc::SIGBUS, "SIGBUS"),
    (libc::SIGFPE, "SIGFPE"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGSEGV, "SIGSEGV"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGCHLD, "SIGCHLD"),
    (libc::SIGPROF, "SIGPROF"),
    (libc::SIGXCPU, "SIGXCPU"),
];

/// What happens when a signal arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Handler {
    function: usize,
    flags: i64,
    mask: u64,
}

/// Handlers, the mask of this thread, its alternate stack, and timers that will raise a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signals {
    handlers: Vec<Option<Handler>>,
    mask: u64,
    stack: (usize, usize),
    timers: Vec<bool>,
}

impl Signals {
    pub(super) fn read() -> Self {
        // SAFETY: null for what is to be set: the calls only tell. What they fill in is plain data.
        unsafe {
            let mut mask = zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, null(), &mut mask);
            let mut stack: libc::stack_t = zeroed();
            libc::sigaltstack(null(), &mut stack);
            let timers = [libc::ITIMER_REAL, libc::ITIMER_VIRTUAL, libc::ITIMER_PROF].map(|which| {
                let mut timer: libc::itimerval = zeroed();
                libc::getitimer(which, &mut timer);
                timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0
            });
            Signals {
                handlers: SIGNALS.map(handler).collect(),
                mask: bits(&mask),
                stack: (stack.ss_sp as usize, stack.ss_size),
                timers: timers.to_vec(),
            }
        }
    }

    /// Takes over the handlers and their stack.
    pub(super) fn settle(&mut self, now: &Signals) {
        self.handlers.clone_from(&now.handlers);
        self.stack = now.stack;
    }

    pub(super) fn compare(&self, earlier: &Signals, changes: &mut Vec<String>) {
        let handlers = self.handlers.iter().zip(&earlier.handlers).zip(SIGNALS);
        let changed: Vec<String> =
            handlers.filter(|((now, before), _)| now != before).map(|(_, number)| name(number)).collect();
        if !changed.is_empty() {
            changes.push(format!("what happens on signals {}", changed.join(", ")));
        }
        if self.mask != earlier.mask {
            changes.push("the mask of blocked signals".to_owned());
        }
        if self.stack != earlier.stack {
            changes.push("the stack of signal handlers".to_owned());
        }
        if self.timers != earlier.timers {
            changes.push("timers that raise a signal".to_owned());
        }
    }
}

fn name(number: i32) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned())
}

/// `None` for numbers that the system keeps to itself.
fn handler(number: i32) -> Option<Handler> {
    // SAFETY: null for the new action: the call only tells.
    let (status, action) = unsafe {
        let mut action: libc::sigaction = zeroed();
        (libc::sigaction(number, null(), &raw mut action), action)
    };
    // Of a signal that nobody handles the rest means nothing, and is not what it was when a handler has been put back.
    let handled = ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction);
    (status == 0).then(|| Handler {
        function: action.sa_sigaction,
        flags: if handled { i64::from(action.sa_flags) } else { 0 },
        mask: if handled { bits(&action.sa_mask) } else { 0 },
    })
}

fn bits(set: &libc::sigset_t) -> u64 {
    // SAFETY: reads a set that the system filled in.
    SIGNALS.fold(0, |bits, number| bits | u64::from(unsafe { libc::sigismember(set, number) } == 1) << (number - 1))
}
