//! Where this process is: the machine by its name, and the job of a queue that it belongs to.

use flatbench_records::QueueJob;

/// Variables by which a queue tells a job what it is.
struct Queue {
    engine: &'static str,
    /// Number of an array, or else of the job: the first that is set.
    id: &'static [&'static str],
    task: &'static [&'static str],
    /// What stands there for a job that is no array.
    no_task: &'static [&'static str],
    restarts: &'static str,
    node: &'static str,
}

/// The inner one first, where one queue runs in a job of another.
const QUEUES: [Queue; 5] = [
    Queue {
        engine: "hyperqueue",
        id: &["HQ_JOB_ID"],
        task: &["HQ_TASK_ID"],
        no_task: &[],
        restarts: "HQ_INSTANCE_ID",
        node: "",
    },
    Queue {
        engine: "slurm",
        id: &["SLURM_ARRAY_JOB_ID", "SLURM_JOB_ID"],
        task: &["SLURM_ARRAY_TASK_ID"],
        no_task: &[],
        restarts: "SLURM_RESTART_COUNT",
        node: "SLURMD_NODENAME",
    },
    Queue {
        engine: "pbs",
        id: &["PBS_JOBID"],
        task: &["PBS_ARRAY_INDEX", "PBS_ARRAYID"],
        no_task: &[],
        restarts: "",
        node: "",
    },
    Queue { engine: "lsf", id: &["LSB_JOBID"], task: &["LSB_JOBINDEX"], no_task: &["0"], restarts: "", node: "" },
    // Its number goes by a name that anything may use: it counts beside the one that is its own.
    Queue {
        engine: "grid-engine",
        id: &["JOB_ID"],
        task: &["SGE_TASK_ID"],
        no_task: &["undefined"],
        restarts: "",
        node: "",
    },
];

/// Name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The job that this process is part of, as its environment tells.
pub fn queue_job() -> Option<QueueJob> {
    find(&|name| std::env::var(name).ok())
}

fn find(variable: &dyn Fn(&str) -> Option<String>) -> Option<QueueJob> {
    let first = |names: &[&str]| names.iter().find_map(|name| variable(name)).filter(|text| !text.is_empty());
    QUEUES.iter().find_map(|queue| {
        let task = first(queue.task);
        let id = first(queue.id).filter(|_| queue.engine != "grid-engine" || task.is_some())?;
        Some(QueueJob {
            engine: queue.engine.to_owned(),
            id,
            task: task.filter(|task| !queue.no_task.contains(&task.as_str())),
            restarts: first(&[queue.restarts]).and_then(|text| text.parse().ok()).unwrap_or(0),
            node: first(&[queue.node]),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(variables: &[(&str, &str)]) -> Option<QueueJob> {
        find(&|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_job_is_known_by_the_variables_of_its_queue() {
        assert_eq!(job(&[("HOME", "/root"), ("JOB_ID", "of something else")]), None);
        let array = job(&[
            ("SLURM_JOB_ID", "19"),
            ("SLURM_ARRAY_JOB_ID", "16"),
            ("SLURM_ARRAY_TASK_ID", "0"),
            ("SLURM_RESTART_COUNT", "2"),
            ("SLURMD_NODENAME", "n7"),
        ]);
        let expected = QueueJob {
            engine: "slurm".to_owned(),
            id: "16".to_owned(),
            task: Some("0".to_owned()),
            restarts: 2,
            node: Some("n7".to_owned()),
        };
        assert_eq!(array, Some(expected));
        let alone = job(&[("SLURM_JOB_ID", "19")]).expect("a job");
        assert_eq!((alone.id.as_str(), alone.task, alone.restarts), ("19", None, 0));
        let inner = job(&[("SLURM_JOB_ID", "19"), ("HQ_JOB_ID", "3"), ("HQ_TASK_ID", "5")]).expect("a job");
        assert_eq!((inner.engine.as_str(), inner.task.as_deref()), ("hyperqueue", Some("5")));
        let grid = job(&[("JOB_ID", "8"), ("SGE_TASK_ID", "undefined")]).expect("a job");
        assert_eq!((grid.engine.as_str(), grid.task), ("grid-engine", None));
    }
}
