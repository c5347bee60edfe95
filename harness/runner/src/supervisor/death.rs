use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ};
use signal_hook::low_level::signal_name;

/// How a process ended: "killed by signal 11 (SIGSEGV)" or "exited with status 7".
pub fn death_in_words(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let more = match signal {
                SIGXCPU => ": it used up the processor time that `ulimit -t` gives a process",
                SIGXFSZ => ": a file grew beyond what `ulimit -f` allows",
                _ => "",
            };
            let name = signal_name(signal).map_or_else(String::new, |name| format!(" ({name}{more})"));
            format!("killed by signal {signal}{name}")
        }
        (None, Some(code)) => format!("exited with status {code}"),
        (None, None) => "ended in an unknown way".into(),
    }
}

/// Whether a process was ended by a signal that none of its own mistakes raises: by the system when memory is short, by an
/// administrator, by a batch system.
pub(crate) fn is_from_outside(status: ExitStatus) -> bool {
    const POWER: i32 = 30;
    const REAL_TIME: std::ops::RangeInclusive<i32> = 32..=64;
    match status.signal() {
        Some(SIGHUP | SIGINT | SIGQUIT | SIGKILL | SIGUSR1 | SIGUSR2 | SIGTERM | SIGXCPU) => true,
        Some(signal) if cfg!(target_os = "linux") => signal == POWER || REAL_TIME.contains(&signal),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_send_is_told_from_what_a_mistake_raises() {
        let by = ExitStatus::from_raw;
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2, SIGTERM, SIGXCPU] {
            assert!(is_from_outside(by(signal)), "{signal}");
        }
        // SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSEGV, SIGPIPE, SIGALRM; statuses are no signals.
        for raw in [4, 5, 6, 8, 11, 13, 14, 0, 1 << 8, 9 << 8] {
            assert!(!is_from_outside(by(raw)), "{raw}");
        }
        assert_eq!(death_in_words(by(SIGUSR1)), format!("killed by signal {SIGUSR1} (SIGUSR1)"));
        assert!(death_in_words(by(SIGXCPU)).contains("(SIGXCPU: it used up the processor time"));
        assert_eq!(death_in_words(by(63)), "killed by signal 63");
        assert_eq!(death_in_words(by(7 << 8)), "exited with status 7");
    }
}
