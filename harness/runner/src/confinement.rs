//! What a worker does to itself before it touches a plugin: it dies with its supervisor, cannot take more memory than its
//! share, and leaves no core file.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

/// Confines the calling process. `memory` is the largest address space in bytes, for good: a plugin cannot raise it again.
/// `None` leaves it as it is.
///
/// # Errors
/// Where the system refuses one of the limits.
pub fn confine(memory: Option<u64>) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Signal::KILL))?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum })?;
    if let Some(bytes) = memory {
        let maximum = getrlimit(Resource::As).maximum;
        let bytes = maximum.map_or(bytes, |maximum| bytes.min(maximum));
        setrlimit(Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) })?;
    }
    Ok(())
}
