//! Misbehaviour that ends or floods the process, seen from another process.

use std::process::{Command, ExitStatus, Stdio};

use crate::misbehaviour::second_step;

/// Names the misbehaviour that a child process is to show.
const ROLE: &str = "FLATBENCH_TEST_MISBEHAVIOUR";

/// Printed by a child that survived.
const SURVIVED: &str = "the second step returned";

/// Only does something in a child process started by [`child`].
#[test]
fn role_of_a_child() {
    if let Ok(misbehaviour) = std::env::var(ROLE) {
        let (outcome, _) = second_step(&misbehaviour);
        assert!(outcome.is_ok(), "{outcome:?}");
        println!("\n{SURVIVED}");
    }
}

fn command(misbehaviour: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "process::role_of_a_child", "--nocapture"]).env(ROLE, misbehaviour);
    command
}

/// How a process ends that loads the hostile plugin, and whether its second step returned.
fn child(misbehaviour: &str) -> (ExitStatus, bool) {
    let output = command(misbehaviour).stderr(Stdio::null()).output().expect("the child starts");
    (output.status, String::from_utf8_lossy(&output.stdout).contains(SURVIVED))
}

#[test]
fn survivable_misbehaviour_returns() {
    for misbehaviour in ["none", "flood-stdout", "flood-stderr", "signal-handler", "working-directory", "threads"] {
        let (status, survived) = child(misbehaviour);
        assert!(status.success() && survived, "{misbehaviour}: {status}");
    }
}

#[test]
fn exit_0_looks_like_success_but_is_none() {
    let (status, survived) = child("exit-0");
    assert!(status.success() && !survived);
}

#[cfg(unix)]
#[test]
fn fatal_misbehaviour_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;
    const SIGABRT: i32 = 6;
    const SIGSEGV: i32 = 11;
    for (misbehaviour, signal) in
        [("abort", SIGABRT), ("segfault", SIGSEGV), ("stack-overflow", SIGABRT), ("huge-allocation", SIGABRT)]
    {
        let (status, survived) = child(misbehaviour);
        assert!(status.signal() == Some(signal) && !survived, "{misbehaviour}: {status}");
    }
}

#[test]
fn a_panic_is_printed_by_the_host_alone() {
    let output = command("panic").output().expect("the child starts");
    // The child fails with the error that the host was given; the plugin's own hook has printed nothing.
    let printed = String::from_utf8_lossy(&output.stderr).matches("the hostile plugin panics on purpose").count();
    assert!(!output.status.success() && printed == 1, "printed {printed} times");
}
