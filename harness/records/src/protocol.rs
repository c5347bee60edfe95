//! What supervisor and worker say to each other: one JSON object a line, [`Job`]s down, [`Event`]s up.
//!
//! Before the object of an event stands the token of the job that it belongs to, and a space; before the first job there is no
//! token. It is drawn for each job and each worker, and said to nobody else, so that a line that a plugin writes where events
//! are read is none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::points::bits;
use crate::words::words;
use crate::{Case, Dimensions, Factor, Given, Measure, Point, References, RunResult, Runtime, Trajectory, Value};

/// Version of this protocol. Supervisor and worker are the same binary, so it only guards against a mix-up.
pub const VERSION: u32 = 7;

/// Runs that share one instance, done by one worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// [`VERSION`] of the sender.
    pub version: u32,
    /// Number of the job, unique within a supervisor.
    pub id: u64,
    /// Stands before every event about the job. Letters and digits.
    pub token: String,
    /// Case to draw.
    pub case: Case,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Seed of the starting point.
    pub init_seed: u64,
    /// Where its runs start, in the place of a draw; `None`: the case says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// Folder that relative data files are resolved against.
    #[serde(with = "crate::path")]
    pub data_root: PathBuf,
    /// Where the data file of the case is read, and what it has to contain; `None`: the case has none, or any content will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataFile>,
    /// How much to measure along the way.
    pub tier: Tier,
    /// What to measure of the runs beyond that.
    #[serde(default, skip_serializing_if = "Measure::is_default")]
    pub measure: Measure,
    /// Solved before for the same instance; `None`: to be solved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<References>,
    /// Seconds that measuring a run may take.
    pub measuring_limit: f64,
    /// Why only that is measured which decides the course of the runs: measuring took too long before. `None`: measure all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sparing: Option<String>,
    /// Whether to tell the parameters of the runs: [`Event::Reached`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_parameters: bool,
    /// Runs, in order.
    pub runs: Vec<RunRequest>,
}

impl Job {
    /// What the worker needs: that of its runs, which all have the same.
    pub fn runtime(&self) -> Runtime {
        self.runs.first().map_or(Runtime::Native, |run| Runtime::of(&run.library))
    }
}

/// A data file, held on to since it was hashed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Where it is, or a copy of it.
    pub path: PathBuf,
    /// Content hash of its numbers.
    pub hash: String,
}

words! {
    /// Why a job could not be begun.
    pub enum JobFailure {
        /// The case makes no sense: its runs are skipped.
        Case = "case",
        /// The place does not have what is needed: no memory, no descriptors, no data, a folder that nothing can be loaded from.
        Place = "place",
    }
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
        /// Time that the process has spent so far on work of the host: instances, references, metrics.
        #[serde(default)]
        measuring_seconds: f64,
        /// Time that it has been at such work without a break; 0 if it is not.
        #[serde(default)]
        measuring_for: f64,
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
        /// Time that the process had spent on work of the host by then, as in `Alive`.
        #[serde(default)]
        measuring_seconds: f64,
    },
    /// The library of a run that has begun is opened, which may take long where it is imported: the run's time stands still.
    Opening {
        /// Key of the run.
        key: String,
    },
    /// It is open, or refused; the time limit of the run counts from here.
    Opened {
        /// Key of the run.
        key: String,
        /// As in `Started`.
        measuring_seconds: f64,
    },
    /// A run is alive.
    Heartbeat {
        /// Key of the run.
        key: String,
        /// Completed steps.
        steps: u64,
        /// Budget spent.
        gradient_equivalents: f64,
        /// Seconds of its optimizer; what the host does and the time of runs that share its worker do not count.
        seconds: f64,
    },
    /// The parameters of a run at one of its points, where the job asks for them: start and iterate before the first `Stopped`, the
    /// limit when it is measured.
    Reached {
        /// Key of the run.
        key: String,
        /// Which point.
        point: Point,
        /// What w is made of.
        factors: Vec<Factor>,
        /// w, bit for bit.
        #[serde(with = "bits")]
        w: Vec<f64>,
    },
    /// The optimizer of a run has stopped, and what is left is the host's: the result as it is if nothing more is measured.
    /// Said again when there is more.
    Stopped {
        /// Key of the run.
        key: String,
        /// What came of it; what is not measured yet is null.
        result: Box<RunResult>,
        /// Its trajectory; `None` where it was said before.
        trajectory: Option<Trajectory>,
    },
    /// A run ended.
    Finished {
        /// Key of the run.
        key: String,
        /// What came of it.
        result: Box<RunResult>,
        /// Its trajectory; `None` where it was said before.
        trajectory: Option<Trajectory>,
    },
    /// A plugin has changed what all runs of the process share, since it last was as it had been: no run that was under way
    /// may count, and no other is begun.
    Changed {
        /// What, each in a few words.
        what: Vec<String>,
    },
    /// A job could not be begun, or not gone on with: none of its runs that are not reported will be.
    JobFailed {
        /// Number of the job.
        id: u64,
        /// Whose fault it is.
        failure: JobFailure,
        /// Why.
        reason: String,
    },
    /// All runs of a job are reported.
    JobDone {
        /// Number of the job.
        id: u64,
    },
}
