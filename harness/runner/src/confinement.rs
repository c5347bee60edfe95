//! What a worker does to itself before it touches a plugin: it dies with its supervisor, cannot take more memory than its
//! share, and leaves no core file.

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

/// Confines the calling process. `memory` is how many bytes it may have to write to, for good: a plugin cannot raise it again.
/// Address space that is only reserved does not count, of which some run-time systems (Go, Java, sanitizers) take more than any
/// machine has memory. `None` leaves it as it is.
///
/// # Errors
/// Where the system refuses one of the limits.
pub fn confine(memory: Option<u64>) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Signal::KILL))?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum })?;
    if let Some(bytes) = memory {
        let maximum = getrlimit(Resource::Data).maximum;
        let bytes = maximum.map_or(bytes, |maximum| bytes.min(maximum));
        setrlimit(Resource::Data, Rlimit { current: Some(bytes), maximum: Some(bytes) })?;
    }
    Ok(())
}
