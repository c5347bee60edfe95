use std::mem::zeroed;

/// Limits by the names of `getrlimit`.
const LIMITS: [(Which, &str); 9] = [
    (libc::RLIMIT_AS, "address space"),
    (libc::RLIMIT_DATA, "memory"),
    (libc::RLIMIT_STACK, "stack"),
    (libc::RLIMIT_CORE, "core files"),
    (libc::RLIMIT_CPU, "processor time"),
    (libc::RLIMIT_FSIZE, "size of files"),
    (libc::RLIMIT_NOFILE, "open files"),
    (libc::RLIMIT_NPROC, "processes"),
    (libc::RLIMIT_MEMLOCK, "locked memory"),
];

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Which = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Which = libc::c_int;

/// What the process may use, what it is preferred to, where it may run, and whether it dies with the one that started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    limits: Vec<(u64, u64)>,
    priority: i32,
    processors: Vec<u8>,
    death_signal: i32,
}

impl Limits {
    pub(super) fn read() -> Self {
        Limits {
            limits: LIMITS.iter().map(|(which, _)| limit(*which)).collect(),
            // SAFETY: asks about the calling process.
            priority: unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) },
            processors: processors(),
            death_signal: death_signal(),
        }
    }

    pub(super) fn compare(&self, earlier: &Limits, changes: &mut Vec<String>) {
        let limits = self.limits.iter().zip(&earlier.limits).zip(LIMITS);
        let changed: Vec<&str> = limits.filter(|((now, before), _)| now != before).map(|(_, (_, name))| name).collect();
        if !changed.is_empty() {
            changes.push(format!("the limits on {}", changed.join(", ")));
        }
        if self.priority != earlier.priority {
            changes.push(format!("the priority ({} → {})", earlier.priority, self.priority));
        }
        if self.processors != earlier.processors {
            changes.push("the processors that it may run on".to_owned());
        }
        if self.death_signal != earlier.death_signal {
            changes.push("the signal on the death of the process that started it".to_owned());
        }
    }
}

fn limit(which: Which) -> (u64, u64) {
    // SAFETY: fills in plain data.
    let limit = unsafe {
        let mut limit: libc::rlimit = zeroed();
        libc::getrlimit(which, &mut limit);
        limit
    };
    (limit.rlim_cur, limit.rlim_max)
}

#[cfg(target_os = "linux")]
fn processors() -> Vec<u8> {
    let mut set = [0; size_of::<libc::cpu_set_t>()];
    // SAFETY: as many bytes as are said, of a set of bits.
    unsafe { libc::sched_getaffinity(0, set.len(), set.as_mut_ptr().cast()) };
    set.to_vec()
}

#[cfg(not(target_os = "linux"))]
fn processors() -> Vec<u8> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn death_signal() -> i32 {
    let mut signal: libc::c_int = 0;
    // SAFETY: writes a number to the place given.
    unsafe { libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut signal) };
    signal
}

#[cfg(not(target_os = "linux"))]
fn death_signal() -> i32 {
    0
}
