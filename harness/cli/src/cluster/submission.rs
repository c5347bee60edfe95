use std::fmt;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use super::Layout;
use super::engine::{EngineKind, Resources};
use crate::status::Failure;

/// Most jobs that are remembered.
const JOBS_KEPT: usize = 1000;

/// What one job of a submission is for; also the name of its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Parts of the runs that choose settings, where these are done before all others.
    Tuning,
    /// Joins those, so that settings can be chosen.
    Choose,
    /// Parts of the runs.
    Runs,
    /// Joins all parts and draws the report.
    Merge,
}

impl Role {
    /// Whether it is cut into parts.
    pub fn has_parts(self) -> bool {
        matches!(self, Role::Tuning | Role::Runs)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::Tuning => "tuning",
            Role::Choose => "choose",
            Role::Runs => "runs",
            Role::Merge => "merge",
        })
    }
}

/// What a part has to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartPlan {
    /// Runs.
    pub runs: usize,
    /// What they are expected to cost, in a unit that all parts share.
    pub cost: f64,
}

/// Runs that are done before others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// [`Role::Tuning`] or [`Role::Runs`].
    pub role: Role,
    /// The parts, of which the first has the number 1.
    pub parts: Vec<PartPlan>,
}

/// A job that was handed to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// What for.
    pub role: Role,
    /// The engine's name for it.
    pub job: String,
    /// Parts that it does, from 1; none where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<usize>,
}

/// What was submitted: `cluster/submission.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Version of this file.
    pub format: u32,
    /// Version of flatbench.
    pub flatbench: String,
    /// Who hands out.
    pub engine: EngineKind,
    /// Name of the suite.
    pub suite: String,
    /// BLAKE3 of the copy of the program, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// What a task is given.
    pub resources: Resources,
    /// Options of `flatbench run` in every task.
    pub options: Vec<String>,
    /// Number of parts that were asked for.
    pub tasks: usize,
    /// Runs of the suite; tuning that several parts do counts once.
    pub runs: usize,
    /// What is done, in this order.
    pub stages: Vec<Stage>,
    /// Jobs, the latest last.
    #[serde(default)]
    pub jobs: Vec<Submitted>,
}

/// Version of `submission.json`.
pub const FORMAT: u32 = 1;

/// What is wrong with the supplies in a folder, and what to do.
pub fn damaged(layout: &Layout, what: impl fmt::Display) -> Failure {
    let cluster = layout.cluster();
    Failure::usage(format!(
        "{what}: it is no longer what was submitted (remove {} and submit as the first time, with the same --tasks: the parts keep what they \
         have)",
        cluster.display()
    ))
}

impl Submission {
    /// Reads what was submitted in a folder; `None` where nothing was.
    pub fn read(layout: &Layout) -> Result<Option<Self>, Failure> {
        let file = layout.submission();
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => {
                return Err(Failure::trouble(anyhow::anyhow!("cannot read {}: {error}", file.display())));
            }
        };
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        if let Ok(Version { format }) = serde_json::from_slice(&text)
            && format > FORMAT
        {
            let file = file.display();
            return Err(Failure::usage(format!(
                "{file} is of format {format}, newer than {FORMAT}: use a newer flatbench"
            )));
        }
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| damaged(layout, format_args!("{} cannot be understood: {error}", file.display())))
    }

    /// The same where there has to be one.
    pub fn of(layout: &Layout) -> Result<Self, Failure> {
        let nothing = || {
            let root = layout.root().display();
            Failure::usage(format!(
                "nothing was submitted in {root}: it has no cluster/submission.json (`flatbench submit` makes one)"
            ))
        };
        Submission::read(layout)?.ok_or_else(nothing)
    }

    /// Keeps it.
    pub fn write(&self, layout: &Layout) -> Result<(), Failure> {
        let file = layout.submission();
        let mut text = serde_json::to_vec_pretty(self).map_err(Failure::trouble)?;
        text.push(b'\n');
        flatbench_records::directory::place(&file, &text)
            .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", file.display())))
    }

    /// Remembers what the engine was handed.
    pub fn add(&mut self, jobs: impl IntoIterator<Item = Submitted>) {
        self.jobs.extend(jobs);
        let surplus = self.jobs.len().saturating_sub(JOBS_KEPT);
        self.jobs.drain(..surplus);
    }

    /// The engine's names of all jobs.
    pub fn names(&self) -> Vec<&str> {
        self.jobs.iter().map(|submitted| submitted.job.as_str()).collect()
    }
}
