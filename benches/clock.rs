//! Time that a thread had a core.

/// Seconds that this thread has had a core: what else the machine does then shows in caches and memory only.
pub fn core_seconds() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 + 1e-9 * now.tv_nsec as f64
}

/// Best of `windows` measurements of `work`, in units of `amount` per second.
pub fn best(windows: usize, amount: f64, mut work: impl FnMut()) -> f64 {
    (0..windows).fold(0.0, |best: f64, _| {
        let begun = core_seconds();
        work();
        best.max(amount / (core_seconds() - begun).max(1e-9))
    })
}
