//! How long the rest of a plan may take, going by what is recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;

use crate::quantity::duration;
use crate::rerun;
use crate::status::Failure;

/// What the runs of a directory took.
pub struct Pace {
    keys: BTreeSet<String>,
    /// Seconds and budgets of the recorded runs, by case.
    cases: BTreeMap<String, [f64; 2]>,
    workers: usize,
}

impl Pace {
    /// By the records of a run directory; `None` where there is none yet.
    pub fn of(out: &Path, workers: usize) -> Result<Option<Self>, Failure> {
        Ok(if rerun::is_run_directory(out)? { Some(Pace::new(&rerun::records(out)?, workers)) } else { None })
    }

    fn new(records: &[Record], workers: usize) -> Self {
        let mut cases: BTreeMap<String, [f64; 2]> = BTreeMap::new();
        for record in records {
            let [seconds, budget] = cases.entry(record.case.clone()).or_default();
            (*seconds, *budget) = (*seconds + record.result.seconds(), *budget + record.budget);
        }
        Pace { keys: records.iter().map(|record| record.key.clone()).collect(), cases, workers }
    }

    /// How many of `runs` are recorded, and about how long those take that are not, where others of their cases tell.
    pub fn words<'a>(&self, runs: impl Iterator<Item = &'a PlannedRun>) -> Option<String> {
        let (known, missing): (Vec<&PlannedRun>, Vec<&PlannedRun>) = runs.partition(|run| self.keys.contains(&run.key));
        if self.keys.is_empty() {
            return None;
        }
        let seconds: Option<f64> = missing
            .iter()
            .map(|run| self.cases.get(&run.case.name).map(|[seconds, budget]| seconds / budget * run.case.budget))
            .sum();
        let left = match seconds.filter(|seconds| seconds.is_finite() && !missing.is_empty()) {
            Some(seconds) => {
                let workers = self.workers.min(missing.len()).max(1);
                let noun = if workers == 1 { "worker" } else { "workers" };
                let time = duration((seconds / workers as f64).max(1.0));
                format!("; the others take about {time} with {workers} {noun}, going by {} records", self.keys.len())
            }
            None => String::new(),
        };
        Some(format!("{} are recorded{left}", known.len()))
    }
}
