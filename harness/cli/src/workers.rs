//! How worker processes are started, and runs that are done again in them without a run directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Once;
use std::time::Duration;

use flatbench_records::protocol::Job;
use flatbench_runner::store::StoreError;
use flatbench_runner::supervisor::{Ended, Listener, Settings, supervise};
use flatbench_runner::{Allowance, Interruption, Programs};

use crate::output::{errln, outln};
use crate::program::Program;
use crate::status::Failure;

/// What is started as a worker with a limit of `memory` bytes, if any.
pub fn programs(memory: Option<u64>) -> Result<Programs, Failure> {
    let mut arguments: Vec<OsString> = vec!["__worker".into()];
    if let Some(bytes) = memory {
        arguments.extend(["--memory-limit".into(), bytes.to_string().into()]);
    }
    Ok(Program::own().programs()?.with(&arguments))
}

/// Workers at a time where no number is given: the cores that this process may use.
pub fn default_jobs() -> usize {
    Allowance::of_this_process().cores
}

/// The memory limit of a worker where none is given: half of what this process may use. Says once where there is none.
pub fn default_memory() -> Option<u64> {
    static SAID: Once = Once::new();
    half_of(Allowance::of_this_process().memory, |warning| SAID.call_once(|| errln!("warning: {warning}")))
}

/// Half of the memory that there is, in bytes; none, with a warning, where it is not known.
fn half_of(memory: Option<u64>, warn: impl FnOnce(&str)) -> Option<u64> {
    if memory.is_none() {
        warn(
            "/proc/meminfo does not tell how much memory this machine has: workers run without a memory limit, and one \
             that takes too much may end others (`flatbench run --memory-limit` sets one)",
        );
    }
    memory.map(|bytes| bytes / 2)
}

/// How the workers of a repetition are run: `time_limit` and `measuring_limit` in seconds.
pub fn settings(workers: usize, time_limit: f64, measuring_limit: f64) -> Result<Settings, Failure> {
    Ok(Settings {
        programs: programs(default_memory())?,
        workers,
        time_limit: Duration::from_secs_f64(time_limit.min(1e9)),
        measuring_limit: Duration::from_secs_f64(measuring_limit.min(1e9)),
        memory: default_memory(),
        keep_parameters: false,
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

#[cfg(test)]
mod tests {
    use super::half_of;

    #[test]
    fn an_unknown_memory_is_no_silent_absence_of_a_limit() {
        let mut said = Vec::new();
        assert_eq!(half_of(None, |warning| said.push(warning.to_owned())), None);
        assert!(said.len() == 1 && said[0].contains("without a memory limit"), "{said:?}");
        assert_eq!(half_of(Some(1 << 30), |warning| panic!("{warning}")), Some(1 << 29));
    }
}
