//! Processes as `/proc` shows them.

use rustix::process::{Pid, Signal, kill_process};

/// A process as it was seen.
pub struct Process {
    pub id: u32,
    parent: u32,
    pub state: char,
}

/// Every process of the machine.
fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
    entries.filter_map(|entry| look(entry.file_name().to_str()?.parse().ok()?)).collect()
}

fn look(id: u32) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may contain anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some(Process { id, state, parent: fields.next()?.parse().ok()? })
}

/// How a process is doing, as the letter in `/proc`.
pub fn state_of(id: u32) -> Option<char> {
    look(id).map(|process| process.state)
}

/// Children of a process that do runs: not those that describe a library. A dead one has no command line any more.
pub fn workers_of(supervisor: u32) -> Vec<Process> {
    all().into_iter().filter(|process| process.parent == supervisor && is_worker(process.id)).collect()
}

fn is_worker(id: u32) -> bool {
    let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let mut words = line.split(|&byte| byte == 0);
    words.any(|word| word == b"__worker") && !words.any(|word| word == b"describe")
}

/// Children of a process that have ended and were not waited for.
pub fn zombies_of(supervisor: u32) -> usize {
    all().iter().filter(|process| process.parent == supervisor && process.state == 'Z').count()
}

/// Whether a process that was a worker still runs.
pub fn still_runs(id: u32) -> bool {
    is_worker(id) && look(id).is_some_and(|process| process.state != 'Z')
}

/// Sends a signal; `false` if the process is gone.
pub fn send(id: u32, signal: Signal) -> bool {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("a process number");
    kill_process(id, signal).is_ok()
}
