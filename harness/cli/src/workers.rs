//! How worker processes are started, and runs that are done again in them without a run directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use flatbench_records::protocol::Job;
use flatbench_runner::store::StoreError;
use flatbench_runner::supervisor::{Ended, Listener, Settings, supervise};
use flatbench_runner::{Interruption, memory_bytes};

use crate::output::outln;
use crate::status::Failure;

/// Arguments that start a worker with a limit of `memory` bytes, if any.
pub fn arguments(memory: Option<u64>) -> Vec<OsString> {
    let mut arguments = vec!["__worker".into()];
    if let Some(bytes) = memory {
        arguments.extend(["--memory-limit".into(), bytes.to_string().into()]);
    }
    arguments
}

/// The memory limit of a worker where none is given: half of the machine's.
pub fn default_memory() -> Option<u64> {
    memory_bytes().map(|bytes| bytes / 2)
}

/// This program, as it is running: where the system allows, a file that was replaced since (`cargo build` in another terminal)
/// does not take its place.
pub fn own_program() -> Result<PathBuf, Failure> {
    let running = PathBuf::from("/proc/self/exe");
    if running.exists() {
        return Ok(running);
    }
    let found = std::env::current_exe();
    found.map_err(|error| Failure::trouble(anyhow::anyhow!("cannot find the program flatbench itself: {error}")))
}

/// How the workers of a repetition are run: `time_limit` and `measuring_limit` in seconds.
pub fn settings(workers: usize, time_limit: f64, measuring_limit: f64) -> Result<Settings, Failure> {
    Ok(Settings {
        program: own_program()?,
        arguments: arguments(default_memory()),
        workers,
        time_limit: Duration::from_secs_f64(time_limit.min(1e9)),
        measuring_limit: Duration::from_secs_f64(measuring_limit.min(1e9)),
        memory: default_memory(),
    })
}

/// Does the runs of some jobs in workers, keeping nothing on disk, and returns what came of them by key.
pub fn supervised(jobs: Vec<Job>, settings: &Settings, aloud: bool) -> Result<BTreeMap<String, Ended>, Failure> {
    struct Collector {
        ended: BTreeMap<String, Ended>,
        aloud: bool,
    }
    impl Listener for Collector {
        fn ended(&mut self, ended: Ended) -> Result<(), StoreError> {
            self.ended.insert(ended.key.clone(), ended);
            Ok(())
        }
        fn output(&mut self, _key: &str, text: &str, dropped: u64) {
            if self.aloud && !text.is_empty() {
                outln!("the plugin printed ({dropped} bytes before that were dropped):\n{text}");
            }
        }
    }
    let interruption = Interruption::listen().map_err(Failure::trouble)?;
    let mut collector = Collector { ended: BTreeMap::new(), aloud };
    supervise(jobs, settings, &interruption, &mut collector).map_err(Failure::trouble)?;
    match interruption.signal() {
        Some(signal) => Err(Failure::Interrupted(signal)),
        None => Ok(collector.ended),
    }
}
