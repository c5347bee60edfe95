use std::path::PathBuf;
use std::time::Duration;

use flatbench_records::RunResult;
use flatbench_records::protocol::VERSION;
use flatbench_records::{Dimensions, Points, Trajectory};

use crate::program::Programs;
use crate::store::StoreError;

/// How runs are done.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is started as a worker, by what the libraries of its jobs are code for.
    pub programs: Programs,
    /// How many workers at a time, ≥ 1.
    pub workers: usize,
    /// Time that the optimizer of one run may take, its oracle calls included.
    pub time_limit: Duration,
    /// Time that the host may take to measure one run.
    pub measuring_limit: Duration,
    /// Bytes of memory that a worker may use, as the system counts what it really has.
    pub memory: Option<u64>,
    /// Whether workers are asked for the parameters of their runs.
    pub keep_parameters: bool,
}

/// What came of one run.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Key of the run.
    pub key: String,
    /// Sizes of its instance, if that was drawn.
    pub dimensions: Option<Dimensions>,
    /// The part of the record that the worker decides, or that its death does.
    pub result: Box<RunResult>,
    /// Its trajectory; `None` if the worker died.
    pub trajectory: Option<Trajectory>,
    /// Its parameters; `None` if they were not asked for, or its worker died before they were known.
    pub points: Option<Points>,
}

/// Who is told while runs are done.
pub trait Listener {
    /// A run ended. It is not done again, so what is not kept here is lost.
    ///
    /// # Errors
    /// Where it could not be kept: supervision stops.
    fn ended(&mut self, ended: Ended) -> Result<(), StoreError>;

    /// A run began.
    fn started(&mut self, _key: &str) {}

    /// What a worker printed until the end of a run, and how many bytes before that were dropped.
    fn output(&mut self, _key: &str, _text: &str, _dropped: u64) {}

    /// Something for the log.
    fn note(&mut self, _text: &str) {}
}

/// Why supervision stopped before all runs were done.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// The worker cannot be started.
    #[error("cannot start {}: {source} (everything recorded so far is kept: run again to continue)", .program.display())]
    Spawn {
        /// Executable.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Workers die before they are ready.
    #[error("workers do not start: {death}{words} (is --memory-limit too low, or `ulimit`?{})", interpreter.as_ref().map_or_else(String::new, |path| format!(" Has the Python interpreter {} changed?", path.display())))]
    FalseStarts {
        /// What was started, where it is an interpreter.
        interpreter: Option<PathBuf>,
        /// How the last one ended.
        death: String,
        /// What it said, with ": " before it; may be empty.
        words: String,
    },
    /// The worker is of another version.
    #[error(
        "the worker speaks version {found} of the protocol, not {VERSION} (was flatbench replaced while it ran? start it again)"
    )]
    Version {
        /// What it speaks.
        found: u32,
    },
    /// Runs could not be done for a reason that is no fault of theirs. All others are done.
    #[error(
        "{runs} runs could not be done, which is no fault of their optimizers, and are not recorded: {reason} (put it right, then run again)"
    )]
    Place {
        /// How many.
        runs: usize,
        /// Why the first of them could not.
        reason: String,
    },
    /// A result could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}
