use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

const SIGNALS: [(i32, &str); 15] = [
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (5, "SIGTRAP"),
    (6, "SIGABRT"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (24, "SIGXCPU: it used up the processor time that `ulimit -t` gives a process"),
    (25, "SIGXFSZ: a file grew beyond what `ulimit -f` allows"),
    (31, "SIGSYS"),
];

/// How a process ended: "killed by signal 11 (SIGSEGV)" or "exited with status 7".
pub fn death_in_words(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        // Linux numbers bus errors 7, other systems 10.
        (Some(signal @ (7 | 10)), _) if cfg!(target_os = "linux") == (signal == 7) => {
            format!("killed by signal {signal} (SIGBUS)")
        }
        (Some(signal), _) => match SIGNALS.iter().find(|(number, _)| *number == signal) {
            Some((_, name)) => format!("killed by signal {signal} ({name})"),
            None => format!("killed by signal {signal}"),
        },
        (None, Some(code)) => format!("exited with status {code}"),
        (None, None) => "ended in an unknown way".into(),
    }
}

/// Whether a process was ended by a signal that none of its own mistakes raises: by the system when memory is short, by an
/// administrator, by a batch system.
pub(super) fn is_from_outside(status: ExitStatus) -> bool {
    const HANGUP: i32 = 1;
    const INTERRUPT: i32 = 2;
    const KILL: i32 = 9;
    const TERMINATE: i32 = 15;
    const PROCESSOR_TIME: i32 = 24;
    matches!(status.signal(), Some(HANGUP | INTERRUPT | KILL | TERMINATE | PROCESSOR_TIME))
}
