use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::command::{line, output};
use super::{Engine, Phase, Resources, Seen, absolute};
use crate::cluster::chain::Chain;
use crate::cluster::{Layout, Role};
use crate::status::Failure;

/// HyperQueue (<https://it4innovations.github.io/hyperqueue>): all of a submission is one job, whose tasks depend on each other.
pub struct HyperQueue;

/// Tasks of the parts of a role, and of the jobs without parts, are numbered from here: the numbers of tasks say what they are.
const FIRST: [(Role, u32); 4] =
    [(Role::Runs, 0), (Role::Tuning, 1_000_000), (Role::Choose, 2_000_000), (Role::Merge, 3_000_000)];

/// How often a task may be begun again whose worker was lost, which costs it nothing but the runs in progress.
const CRASHES: u32 = 100;

/// A job definition file.
#[derive(Serialize)]
struct Job {
    name: String,
    task: Vec<Task>,
}

#[derive(Serialize)]
struct Task {
    id: u32,
    command: Vec<String>,
    cwd: String,
    stdout: String,
    stderr: String,
    env: BTreeMap<&'static str, String>,
    crash_limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_limit: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deps: Vec<u32>,
    request: Vec<Request>,
}

#[derive(Serialize)]
struct Request {
    resources: BTreeMap<&'static str, u16>,
}

/// What `hq job info` prints of a job, as far as it matters.
#[derive(Deserialize)]
struct Info {
    tasks: Vec<TaskInfo>,
}

#[derive(Deserialize)]
struct TaskInfo {
    id: u32,
    state: String,
    #[serde(default)]
    worker: Option<serde_json::Value>,
}

impl Engine for HyperQueue {
    fn name(&self) -> &'static str {
        "HyperQueue"
    }

    fn part(&self) -> &'static str {
        "PART"
    }

    fn obstacle(&self, _layout: &Layout, resources: &Resources) -> Option<String> {
        let option = match resources {
            Resources { partition: Some(_), .. } => "--partition",
            Resources { account: Some(_), .. } => "--account",
            Resources { memory: Some(_), .. } => "--memory",
            _ => return None,
        };
        Some(format!(
            "{option} says nothing to HyperQueue, whose workers have what they were started with (`hq worker start`, `hq alloc add`)"
        ))
    }

    fn head(&self, _role: Role, _suite: &str, _resources: &Resources) -> String {
        String::new()
    }

    fn bears_failures(&self) -> bool {
        false
    }

    fn adds_to_earlier(&self) -> bool {
        false
    }

    fn commands(&self, layout: &Layout, chain: &Chain, suite: &str, resources: &Resources) -> String {
        let command = line("hq", &submission(layout, resources));
        let file = layout.cluster().join(FILE);
        format!("{command}\n\n{}:\n\n{}", file.display(), definition(layout, chain, suite, resources))
    }

    fn submit(
        &self,
        layout: &Layout,
        chain: &Chain,
        suite: &str,
        resources: &Resources,
    ) -> Result<Vec<String>, Failure> {
        let file = layout.cluster().join(FILE);
        let text = definition(layout, chain, suite, resources);
        std::fs::write(&file, text)
            .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", file.display())))?;
        let said = output(layout.root(), "hq", &submission(layout, resources))?;
        let job = said.trim().to_owned();
        if job.parse::<u32>().is_err() {
            return Err(Failure::usage(format!("hq printed no number of a job: {job}")));
        }
        Ok(chain.links.iter().map(|link| format!("{job}/{}", link.role)).collect())
    }

    fn look(&self, jobs: &[&str]) -> Result<Vec<Seen>, String> {
        let mut all = Vec::new();
        for job in numbers(jobs) {
            let arguments = ["--output-mode=json", "job", "info", &job].map(str::to_owned);
            let text = match output(Path::new("/"), "hq", &arguments) {
                Ok(text) => text,
                Err(failure) if failure.reason().contains("not found") => continue,
                Err(failure) => return Err(failure.reason()),
            };
            all.extend(seen(&job, &text)?);
        }
        all.retain(|task| jobs.contains(&task.job.as_str()));
        Ok(all)
    }

    fn cancel(&self, jobs: &[&str]) -> Result<(), Failure> {
        for job in numbers(jobs) {
            output(Path::new("/"), "hq", &["job".to_owned(), "cancel".to_owned(), job])?;
        }
        Ok(())
    }
}

/// Name of the job definition file.
const FILE: &str = "hyperqueue.toml";

/// Arguments of `hq`.
fn submission(layout: &Layout, resources: &Resources) -> Vec<String> {
    let mut arguments = ["--output-mode=quiet", "job", "submit-file"].map(str::to_owned).to_vec();
    arguments.extend(resources.other.iter().cloned());
    arguments.push(absolute(&layout.cluster().join(FILE)));
    arguments
}

/// The numbers of jobs, of which several may be roles of one.
fn numbers(jobs: &[&str]) -> Vec<String> {
    let mut numbers: Vec<String> = jobs.iter().filter_map(|job| job.split('/').next()).map(str::to_owned).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// The text of the job definition file.
fn definition(layout: &Layout, chain: &Chain, suite: &str, resources: &Resources) -> String {
    let mut tasks = Vec::new();
    let mut before: Vec<u32> = Vec::new();
    for link in &chain.links {
        let first = FIRST.iter().find(|(role, _)| *role == link.role).map_or(0, |(_, first)| *first);
        let parts: Vec<u32> = match link.parts.as_slice() {
            [] => vec![0],
            parts => parts.iter().filter_map(|&part| u32::try_from(part).ok()).collect(),
        };
        let script = absolute(&layout.script(link.role));
        let output = |part: u32| absolute(&layout.output().join(format!("{}-%{{JOB_ID}}_{part}.txt", link.role)));
        let cores = if link.role.has_parts() { resources.cores() } else { 1 };
        tasks.extend(parts.iter().map(|&part| Task {
            id: first + part,
            command: [vec!["bash".to_owned(), script.clone()], link.options.clone()].concat(),
            cwd: absolute(layout.root()),
            stdout: output(part),
            stderr: output(part),
            env: [("PART", part.to_string())].into(),
            crash_limit: CRASHES,
            time_limit: resources.time.clone().filter(|_| link.role.has_parts()),
            deps: before.clone(),
            request: vec![Request { resources: [("cpus", cores)].into() }],
        }));
        before = parts.iter().map(|part| first + part).collect();
    }
    let job = Job { name: format!("flatbench-{suite}"), task: tasks };
    #[expect(clippy::expect_used, reason = "names and numbers")]
    toml::to_string(&job).expect("names and numbers have a TOML form")
}

/// What `hq job info` says of the tasks of a job.
fn seen(job: &str, text: &str) -> Result<Vec<Seen>, String> {
    // Several jobs can be asked for: what is printed is one, or a list of one.
    let wrong = |error: serde_json::Error| format!("hq job info printed what cannot be understood: {error}");
    let info: Info = serde_json::from_str(text)
        .or_else(|_| serde_json::from_str::<[Info; 1]>(text).map(|[info]| info))
        .map_err(wrong)?;
    let of = |task: TaskInfo| {
        let (role, first) = FIRST.iter().rev().find(|(_, first)| *first <= task.id)?;
        let phase = match task.state.as_str() {
            "running" => Phase::Running,
            "waiting" => Phase::Waiting,
            _ => Phase::Over,
        };
        let place = task.worker.filter(|_| phase == Phase::Running).map(|worker| format!("worker {worker}"));
        Some(Seen {
            job: format!("{job}/{role}"),
            part: role.has_parts().then_some(usize::try_from(task.id - first).ok()?),
            phase,
            state: task.state,
            place: place.unwrap_or_default(),
        })
    };
    Ok(info.tasks.into_iter().filter_map(of).collect())
}
