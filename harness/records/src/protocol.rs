//! What supervisor and worker say to each other: one JSON object a line, [`Job`]s down, [`Event`]s up.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{Case, Dimensions, References, RunResult, Trajectory, Value};

/// Version of this protocol. Supervisor and worker are the same binary, so it only guards against a mix-up.
pub const VERSION: u32 = 4;

/// Runs that share one instance, done by one worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// Number of the job, unique within a supervisor.
    pub id: u64,
    /// Case to draw.
    pub case: Case,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Seed of the starting point.
    pub init_seed: u64,
    /// Folder that relative data files are resolved against.
    #[serde(with = "crate::path")]
    pub data_root: PathBuf,
    /// How much to measure along the way.
    pub tier: Tier,
    /// Solved before for the same instance; `None`: to be solved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<References>,
    /// Runs, in order.
    pub runs: Vec<RunRequest>,
}

words! {
    /// How much is measured along a run.
    #[derive(Default)]
    pub enum Tier {
        /// What is cheap next to a run.
        #[default]
        Cheap = "cheap",
        /// Everything, λ_max along the way included.
        Full = "full",
    }
}

/// One run to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Key of the record.
    pub key: String,
    /// Optimizer, by its name in the suite.
    pub optimizer: String,
    /// Library to load.
    #[serde(with = "crate::path")]
    pub library: PathBuf,
    /// Every hyper-parameter, defaults filled in.
    pub hyperparameters: BTreeMap<String, Value>,
    /// Seed of the random stream given to the optimizer.
    pub stream_seed: u64,
}

/// What a worker reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The process is up and reads jobs.
    Ready {
        /// [`VERSION`] of the worker.
        version: u32,
    },
    /// The process is alive, whatever its plugin is doing; sent twice a second on a thread of its own.
    Alive {
        /// Steps completed by the process so far, in all its runs.
        steps: u64,
        /// Processor time used by the process so far.
        processor_seconds: f64,
    },
    /// The instance of a job is drawn; said before any plugin is loaded for the job.
    Drawn {
        /// Its sizes.
        dimensions: Dimensions,
        /// What its runs are compared with, solved or handed over.
        references: Box<References>,
    },
    /// A run begins; its time limit counts from here. Several runs may be under way at a time.
    Started {
        /// Key of the run.
        key: String,
    },
    /// A run is alive.
    Heartbeat {
        /// Key of the run.
        key: String,
        /// Completed steps.
        steps: u64,
        /// Budget spent.
        gradient_equivalents: f64,
        /// Seconds of its own; the time of runs that share its worker does not count.
        seconds: f64,
    },
    /// A run ended.
    Finished {
        /// Key of the run.
        key: String,
        /// What came of it.
        result: Box<RunResult>,
        /// Its trajectory.
        trajectory: Trajectory,
    },
    /// A job could not be begun: none of its runs will be reported.
    JobFailed {
        /// Number of the job.
        id: u64,
        /// Whether the case makes no sense (then its runs are skipped) or something broke.
        skipped: bool,
        /// Why.
        reason: String,
    },
    /// All runs of a job are reported.
    JobDone {
        /// Number of the job.
        id: u64,
    },
}
