use std::path::Path;

use flatbench_records::quoted;

use super::command::{line, output};
use super::{Engine, Phase, Resources, Seen, absolute, ranges};
use crate::cluster::chain::{Chain, Link};
use crate::cluster::{Layout, Role};
use crate::status::Failure;

/// Slurm (<https://slurm.schedmd.com>): the parts are the tasks of a job array. Its accounting may be off, so `squeue` alone is asked.
pub struct Slurm;

/// Seconds before the time limit of a task, or its preemption where the cluster gives as much, at which flatbench is asked to stop.
const NOTICE: u32 = 60;

impl Engine for Slurm {
    fn name(&self) -> &'static str {
        "Slurm"
    }

    fn part(&self) -> &'static str {
        "SLURM_ARRAY_TASK_ID"
    }

    fn obstacle(&self, layout: &Layout, _resources: &Resources) -> Option<String> {
        let root = layout.root().to_string_lossy();
        let found = ['%', '\\', '\n'].into_iter().find(|&c| root.contains(c))?;
        Some(format!(
            "{root} has {found:?} in its name, which Slurm reads as a pattern: choose another folder with --out"
        ))
    }

    fn head(&self, role: Role, suite: &str, resources: &Resources) -> String {
        let mut options = vec![format!("--job-name=flatbench-{suite}-{role}")];
        let name = if role.has_parts() { "%A_%a" } else { "%A" };
        options.push(format!("--output=cluster/output/{role}-{name}.txt"));
        options.push("--open-mode=append".to_owned());
        options.push("--requeue".to_owned());
        options.push("--nodes=1 --ntasks=1".to_owned());
        if role.has_parts() {
            options.push(format!("--cpus-per-task={}", resources.cores()));
            options.push(format!("--signal=B:TERM@{NOTICE}"));
            options.extend(resources.time.as_ref().map(|time| format!("--time={time}")));
            options.extend(resources.memory.map(|bytes| format!("--mem={}M", bytes.div_ceil(1 << 20))));
        }
        options.extend(resources.partition.as_ref().map(|name| format!("--partition={name}")));
        options.extend(resources.account.as_ref().map(|name| format!("--account={name}")));
        options.extend(resources.other.iter().map(|option| quoted(option)));
        options.iter().map(|option| format!("#SBATCH {option}\n")).collect()
    }

    fn bears_failures(&self) -> bool {
        true
    }

    fn adds_to_earlier(&self) -> bool {
        true
    }

    fn commands(&self, layout: &Layout, chain: &Chain, _suite: &str, _resources: &Resources) -> String {
        let mut before = chain.after.clone();
        let mut commands = String::new();
        for link in &chain.links {
            commands += &line("sbatch", &submission(layout, link, &before));
            commands.push('\n');
            before = vec![format!("JOB_OF_{}", link.role.to_string().to_uppercase())];
        }
        commands
    }

    fn submit(
        &self,
        layout: &Layout,
        chain: &Chain,
        _suite: &str,
        _resources: &Resources,
    ) -> Result<Vec<String>, Failure> {
        let mut jobs: Vec<String> = Vec::new();
        let mut before: Vec<String> = chain.after.clone();
        for link in &chain.links {
            let said = output(layout.root(), "sbatch", &submission(layout, link, &before)).inspect_err(|_| {
                // What was submitted so far has nothing to hand its work to.
                let _ = self.cancel(&jobs.iter().map(String::as_str).collect::<Vec<_>>());
            })?;
            // With several clusters the name of one stands behind the number.
            let job = said.trim().split(';').next().unwrap_or_default().to_owned();
            before = vec![job.clone()];
            jobs.push(job);
        }
        Ok(jobs)
    }

    fn look(&self, jobs: &[&str]) -> Result<Vec<Seen>, String> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let arguments =
            ["--noheader", "--array", "--states=all", "--format=%F|%K|%T|%N|%r", &format!("--jobs={}", jobs.join(","))];
        match output(Path::new("/"), "squeue", &arguments.map(str::to_owned)) {
            Ok(text) => Ok(text.lines().filter_map(seen).collect()),
            // Jobs are forgotten some minutes after their end.
            Err(failure) if failure.reason().contains("Invalid job id") => Ok(Vec::new()),
            Err(failure) => Err(failure.reason()),
        }
    }

    fn cancel(&self, jobs: &[&str]) -> Result<(), Failure> {
        if jobs.is_empty() {
            return Ok(());
        }
        let jobs: Vec<String> = jobs.iter().map(|job| (*job).to_owned()).collect();
        match output(Path::new("/"), "scancel", &jobs) {
            Err(failure) if !failure.reason().contains("Invalid job id") => Err(failure),
            _ => Ok(()),
        }
    }
}

/// Arguments of `sbatch`.
fn submission(layout: &Layout, link: &Link, before: &[String]) -> Vec<String> {
    let mut arguments = vec!["--parsable".to_owned(), format!("--chdir={}", absolute(layout.root()))];
    if !link.parts.is_empty() {
        arguments.push(format!("--array={}", ranges(&link.parts)));
    }
    if !before.is_empty() {
        arguments.push(format!("--dependency=afterany:{}", before.join(":")));
    }
    arguments.push(absolute(&Layout::script_inside(link.role)));
    arguments.extend(link.options.iter().cloned());
    arguments
}

/// A line of `squeue`.
fn seen(line: &str) -> Option<Seen> {
    let fields: Vec<&str> = line.trim().split('|').collect();
    let [job, part, state, node, reason] = fields.as_slice() else { return None };
    let phase = match *state {
        "RUNNING" | "COMPLETING" | "STAGE_OUT" | "SIGNALING" | "STOPPED" | "SUSPENDED" => Phase::Running,
        "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
            Phase::Waiting
        }
        _ => Phase::Over,
    };
    let place = if phase == Phase::Waiting { reason } else { node };
    Some(Seen {
        job: (*job).to_owned(),
        part: part.parse().ok(),
        phase,
        state: state.to_lowercase(),
        place: (*place).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_squeue_are_understood() {
        let task = seen("12|3|RUNNING|node7|None").expect("a task");
        assert_eq!(
            (task.job.as_str(), task.part, task.phase, task.place.as_str()),
            ("12", Some(3), Phase::Running, "node7")
        );
        let merge = seen("13|N/A|PENDING||Dependency").expect("a job");
        assert_eq!((merge.part, merge.phase, merge.place.as_str()), (None, Phase::Waiting, "Dependency"));
        for over in ["TIMEOUT", "NODE_FAIL", "CANCELLED", "FAILED", "COMPLETED", "PREEMPTED", "OUT_OF_MEMORY"] {
            assert_eq!(seen(&format!("1|2|{over}|n|NonZeroExitCode")).map(|task| task.phase), Some(Phase::Over));
        }
        assert_eq!(seen("squeue: error"), None);
    }
}
