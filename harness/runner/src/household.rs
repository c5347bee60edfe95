//! Processes that touch plugins, and whatever those start: all of it ends with its first member.

use std::hash::{BuildHasher, RandomState};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, kill_process_group, waitpid};

/// Variable by which the members of a household are known, whatever session or parent they have taken.
const MARK: &str = "FLATBENCH_HOUSEHOLD";
/// How often what is left is looked for: what is found may have started more.
const ROUNDS: usize = 10;

/// A process in a session of its own, with its descendants.
pub(crate) struct Household {
    mark: String,
}

impl Household {
    pub(crate) fn new() -> Self {
        // Orphans come to this process instead of to the first of the system, and can be waited for.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        Household { mark: secret() }
    }

    /// Starts its first member, without a terminal: Ctrl-C is meant for the supervisor, which decides, and nothing that a plugin
    /// does to `/dev/tty` can stop it.
    pub(crate) fn spawn(&self, command: &mut Command) -> std::io::Result<Child> {
        command.env(MARK, &self.mark);
        // Nor does it outlive this process, whatever ends that.
        // SAFETY: system calls alone, which may be made between fork and exec.
        unsafe {
            command.pre_exec(|| {
                #[cfg(target_os = "linux")]
                rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                match rustix::process::setsid() {
                    // A new process leads no group, so this has been done: a command that is started again does it once more.
                    // (To ask for the session would be no answer: one from outside a container has no number in it.)
                    Ok(_) | Err(Errno::PERM) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })
        };
        command.spawn()
    }

    /// Sends a signal to the first member and to the processes of its group.
    pub(crate) fn signal(child: &Child, signal: Signal) {
        // The group outlives its leader where a plugin started processes. It may also be gone already: nothing to do then.
        if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Kills and waits for all of it.
    pub(crate) fn end(&self, child: &mut Child) {
        Household::signal(child, Signal::KILL);
        let _ = child.kill();
        let _ = child.wait();
        for _ in 0..ROUNDS {
            let left = self.members();
            if left.is_empty() {
                return;
            }
            for member in left {
                let _ = kill_process(member, Signal::KILL);
                wait_for(member);
            }
        }
    }

    /// Processes that carry the mark. None where the system does not list processes.
    fn members(&self) -> Vec<Pid> {
        let mark = format!("{MARK}={}", self.mark).into_bytes();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let marked = numbers.filter(|number| {
            let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == mark)
        });
        marked.filter_map(Pid::from_raw).collect()
    }
}

/// Waits a moment for the end of a process that was killed. One that is not a child of this process is waited for by its own
/// parent, and one that hangs in the system by nobody.
fn wait_for(member: Pid) {
    for _ in 0..100 {
        match waitpid(Some(member), WaitOptions::NOHANG) {
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            _ => return,
        }
    }
}

/// Letters and digits that nobody guesses.
pub(crate) fn secret() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Each state has keys that the system drew at random for this process.
    let half = || RandomState::new().hash_one(count);
    format!("{:016x}{:016x}", half(), half())
}
