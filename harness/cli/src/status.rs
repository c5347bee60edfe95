//! Exit statuses. 1 is never used: a dying plugin may produce it.

use std::process::ExitCode;

use crate::output::{errln, line, tell};

/// What `--help` says about them.
pub const HELP: &str = "Exit status:
    0  done; of run, watch and submit --wait: every planned run is recorded and none failed
    2  bad usage, suite, plugin or data file, or a run directory that cannot be taken; nothing was run
    3  some runs failed, or some checks of a plugin; the report shows them
    4  the disk or the workers made trouble; what was recorded is kept
128+n  stopped by signal n: 130 by Ctrl-C (SIGINT), 143 by SIGTERM, 129 by SIGHUP, 138 by SIGUSR1, 140 by SIGUSR2, 152 by
       SIGXCPU; the report shows what is recorded, unless a second signal comes; run again to continue";

/// Some runs or checks failed.
pub const SOME_FAILED: u8 = 3;

/// The disk or the workers made trouble.
pub const TROUBLE: u8 = 4;

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
        Failure::Usage(line(format_args!("error: {error}")))
    }

    /// The same with a line after it, where the user can put it right.
    pub fn followed_by(self, note: &str) -> Self {
        match self {
            Failure::Usage(text) => Failure::Usage(text + &line(format_args!("{note}"))),
            other => other,
        }
    }

    /// Trouble of one line.
    pub fn trouble(error: impl Into<anyhow::Error>) -> Self {
        Failure::Trouble(error.into())
    }

    /// Prints it, and returns the exit status.
    pub fn report(self) -> ExitCode {
        match &self {
            Failure::Usage(text) => tell(text),
            Failure::Trouble(error) => errln!("error: {}", reasons(error)),
            Failure::Interrupted(_) => {}
        }
        ExitCode::from(self.status())
    }

    /// What it says, where that is one line without "error: " in front and without the line end.
    pub fn reason(&self) -> String {
        match self {
            Failure::Usage(text) => {
                let text = text.trim_end();
                text.strip_prefix("error: ").filter(|line| !line.contains('\n')).unwrap_or(text).to_owned()
            }
            Failure::Trouble(error) => reasons(error),
            Failure::Interrupted(signal) => format!("stopped by signal {signal}"),
        }
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Trouble(_) => TROUBLE,
            Failure::Interrupted(signal) => 128 + signal,
        }
    }
}

/// An error and what led to it, joined. Many an error has its reason in its own text already.
fn reasons(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for reason in error.chain().map(ToString::to_string) {
        match text.contains(&reason) {
            true => {}
            false if text.is_empty() => text = reason,
            false => text = format!("{text}: {reason}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reason_is_told_twice() {
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let said = anyhow::Error::new(full()).context(format!("cannot write x: {} (run again)", full()));
        assert_eq!(reasons(&said), format!("cannot write x: {} (run again)", full()));
        assert_eq!(
            reasons(&anyhow::Error::new(full()).context("cannot write x")),
            format!("cannot write x: {}", full())
        );
    }
}
