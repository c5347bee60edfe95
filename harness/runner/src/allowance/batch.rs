//! What batch systems tell the processes of a job in variables.

use super::Limit;

/// Slurm counts memory in units of 2^20 bytes.
const MEBIBYTE: u64 = 1 << 20;

/// Limits of the job.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) memory: Vec<Limit<u64>>,
    pub(super) cores: Vec<Limit<usize>>,
}

impl Limits {
    /// Reads them from the variables of a process.
    pub(super) fn read(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut limits = Limits::default();
        // Outside of a job the same names are what users set for jobs to come.
        if variable("SLURM_JOB_ID").is_some() {
            limits.of_slurm(variable);
        }
        if variable("HQ_TASK_ID").is_some() {
            let cores = variable("HQ_CPUS").map(|list| list.split(',').filter(|core| !core.trim().is_empty()).count());
            limits.cores.extend(cores.filter(|&cores| cores > 0).map(|cores| (cores, Some("HQ_CPUS".to_owned()))));
        }
        limits
    }

    /// What a task may use. Of what a node is given, the tasks of a step that run on it have equal shares; what a script of the batch
    /// system starts itself is alone there.
    fn of_slurm(&mut self, variable: &dyn Fn(&str) -> Option<String>) {
        let number =
            |name: &str| variable(name).and_then(|text| text.trim().parse::<u64>().ok()).filter(|&number| number > 0);
        let node = number("SLURM_NODEID").unwrap_or(0);
        let of_node = |name: &str| variable(name).and_then(|list| nth(&list, node)).filter(|&number| number > 0);
        let tasks = of_node("SLURM_STEP_TASKS_PER_NODE").unwrap_or(1);
        let named = |name: &str, amount: Option<u64>| amount.map(|amount| (amount, name.to_owned()));
        let on_node = named("SLURM_CPUS_ON_NODE", number("SLURM_CPUS_ON_NODE"))
            .or_else(|| named("SLURM_JOB_CPUS_PER_NODE", of_node("SLURM_JOB_CPUS_PER_NODE")));
        let cores = named("SLURM_CPUS_PER_TASK", number("SLURM_CPUS_PER_TASK"))
            .or(on_node.map(|(cores, by)| ((cores / tasks).max(1), by)));
        if let Some((cores, by)) = &cores {
            self.cores.extend(usize::try_from(*cores).ok().map(|cores| (cores, Some(by.clone()))));
        }
        let bytes = |mebibytes: u64, by: &str| (mebibytes.saturating_mul(MEBIBYTE), Some(by.to_owned()));
        self.memory.extend(number("SLURM_MEM_PER_NODE").map(|memory| bytes(memory / tasks, "SLURM_MEM_PER_NODE")));
        let per_core = number("SLURM_MEM_PER_CPU").zip(cores);
        self.memory
            .extend(per_core.map(|(memory, (cores, _))| bytes(memory.saturating_mul(cores), "SLURM_MEM_PER_CPU")));
    }
}

/// The number of a node in a list like `4(x2),2`: 4 for nodes 0 and 1, 2 for node 2.
fn nth(list: &str, node: u64) -> Option<u64> {
    let mut left = node;
    for part in list.split(',') {
        let (number, times) = match part.split_once("(x") {
            Some((number, times)) => (number, times.trim_end_matches(')').parse().ok()?),
            None => (part, 1),
        };
        if left < times {
            return number.trim().parse().ok();
        }
        left -= times;
    }
    None
}
