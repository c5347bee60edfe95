//! Exit statuses. 1 is never used: a dying plugin may produce it.

use std::process::ExitCode;

/// What `--help` says about them.
pub const HELP: &str = "Exit status:
    0  every planned run is recorded and none failed
    2  bad usage, suite, plugin or data file, or a run directory that cannot be taken; nothing was run
    3  some runs failed, or some checks of a plugin; the report shows them
    4  the disk or the workers made trouble; what was recorded is kept
  130  stopped by Ctrl-C; run again to continue
  143  stopped by SIGTERM; run again to continue";

/// Some runs or checks failed.
pub const SOME_FAILED: u8 = 3;

/// Why a command ended without doing what it was asked for.
pub enum Failure {
    /// The user can put it right. The text is complete, line ends included.
    Usage(String),
    /// The machine made trouble.
    Trouble(anyhow::Error),
    /// A signal of that number arrived.
    Interrupted(u8),
}

impl Failure {
    /// A usage error of one line.
    pub fn usage(error: impl std::fmt::Display) -> Self {
        Failure::Usage(format!("error: {error}\n"))
    }

    /// Trouble of one line.
    pub fn trouble(error: impl Into<anyhow::Error>) -> Self {
        Failure::Trouble(error.into())
    }

    /// Prints it, and returns the exit status.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Usage(text) => {
                eprint!("{text}");
                ExitCode::from(2)
            }
            Failure::Trouble(error) => {
                eprintln!("error: {}", chain(&error));
                ExitCode::from(4)
            }
            Failure::Interrupted(signal) => ExitCode::from(128 + signal),
        }
    }
}

/// An error with its causes, each said once: many an error says its cause itself.
fn chain(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(&cause) { text } else { format!("{text}: {cause}") }
    })
}
