//! How many cores and how much memory this process may use: the least of what the machine has and what control groups, a batch system
//! and the affinity of the process leave of it.

mod batch;
mod cgroup;

use std::path::Path;

/// What this process may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Logical cores, ≥ 1.
    pub cores: usize,
    /// What keeps them below those of the machine: a file or a variable.
    pub cores_by: Option<String>,
    /// Memory in bytes, where anybody tells.
    pub memory: Option<u64>,
    /// What keeps it below that of the machine.
    pub memory_by: Option<String>,
}

/// An amount, and who says so; `None` for the machine itself.
pub(crate) type Limit<T> = (T, Option<String>);

impl Allowance {
    /// As it is now.
    pub fn of_this_process() -> Self {
        let affinity = std::thread::available_parallelism().map_or(1, usize::from);
        Allowance::read(Path::new("/"), &|name| std::env::var(name).ok(), affinity)
    }

    /// The same from the files below `root`, the variables of a process, and the cores that it is scheduled on.
    fn read(root: &Path, variable: &dyn Fn(&str) -> Option<String>, affinity: usize) -> Self {
        let groups = cgroup::Limits::read(root);
        let job = batch::Limits::read(variable);
        let cores = machine_cores(root).map(|cores| (cores, None)).into_iter();
        let scheduled = (affinity, Some("the processor affinity of the process".to_owned()));
        let (cores, cores_by) =
            least(cores.chain(groups.cores).chain(job.cores).chain([scheduled])).unwrap_or((affinity, None));
        // Where the machine does not tell how many it has, all of them are those that it schedules on.
        let cores_by = cores_by.filter(|_| machine_cores(root).is_some_and(|all| cores < all));
        let memory = machine_memory(root).map(|bytes| (bytes, None)).into_iter();
        let (memory, memory_by) = least(memory.chain(groups.memory).chain(job.memory)).unzip();
        Allowance { cores: cores.max(1), cores_by, memory, memory_by: memory_by.flatten() }
    }

    /// What limits it, in words; nothing where it has all of the machine.
    pub fn limits(&self) -> Vec<String> {
        let cores = self.cores_by.iter().map(|by| match self.cores {
            1 => format!("1 core by {by}"),
            cores => format!("{cores} cores by {by}"),
        });
        let memory = self.memory.zip(self.memory_by.as_ref());
        let memory = memory.map(|(bytes, by)| format!("{:.1} GiB by {by}", bytes as f64 / f64::from(1 << 30)));
        cores.chain(memory).collect()
    }
}

/// The smallest, and of several the first.
fn least<T: Ord>(limits: impl Iterator<Item = Limit<T>>) -> Option<Limit<T>> {
    limits.reduce(|least, next| if next.0 < least.0 { next } else { least })
}

/// Memory of the machine in bytes, where the system tells.
fn machine_memory(root: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    value.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// Logical cores of the machine, where the system tells.
fn machine_cores(root: &Path) -> Option<usize> {
    let text = std::fs::read_to_string(root.join("proc/cpuinfo")).ok()?;
    let cores =
        text.lines().filter(|line| line.split(':').next().is_some_and(|name| name.trim() == "processor")).count();
    (cores > 0).then_some(cores)
}

/// Memory of the machine in bytes, where the system tells.
pub(crate) fn memory_of_machine() -> Option<u64> {
    machine_memory(Path::new("/"))
}

#[cfg(test)]
mod tests;
