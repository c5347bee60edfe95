//! How long the rest of a plan may take, going by what is recorded, or by what there is to compute.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flatbench_records::Record;
use flatbench_runner::plan::PlannedRun;

use crate::quantity::duration;
use crate::rerun;
use crate::status::Failure;

/// Multiply-adds of an estimated cost that a core does in a second. The 912 records of the reference report took it 1268 s.
const SPEED: f64 = 1e9;

/// What the runs of a directory took.
pub struct Pace {
    keys: BTreeSet<String>,
    /// Seconds and budgets of the recorded runs, by case.
    cases: BTreeMap<String, [f64; 2]>,
    workers: usize,
}

impl Pace {
    /// By the records of a run directory, where there is one.
    pub fn of(out: &Path, workers: usize) -> Result<Self, Failure> {
        let records = if rerun::is_run_directory(out)? { rerun::records(out)? } else { Vec::new() };
        Ok(Pace::new(&records, workers))
    }

    fn new(records: &[Record], workers: usize) -> Self {
        let mut cases: BTreeMap<String, [f64; 2]> = BTreeMap::new();
        for record in records {
            let [seconds, budget] = cases.entry(record.case.clone()).or_default();
            (*seconds, *budget) = (*seconds + record.result.seconds(), *budget + record.budget);
        }
        Pace { keys: records.iter().map(|record| record.key.clone()).collect(), cases, workers }
    }

    /// How many of `runs` are recorded, and about how long those take that are not, where others of their cases tell. Before anything
    /// is recorded, their `cost` in multiply-adds does.
    pub fn words<'a>(&self, runs: impl Iterator<Item = &'a PlannedRun>, cost: f64) -> String {
        let (known, missing): (Vec<&PlannedRun>, Vec<&PlannedRun>) = runs.partition(|run| self.keys.contains(&run.key));
        if self.keys.is_empty() {
            let time = self.time(cost / SPEED, missing.len());
            return format!("about {time}, going by what there is to compute: what is recorded will tell better");
        }
        let seconds: Option<f64> = missing
            .iter()
            .map(|run| self.cases.get(&run.case.name).map(|[seconds, budget]| seconds / budget * run.case.budget))
            .sum();
        let left = match seconds.filter(|seconds| seconds.is_finite() && !missing.is_empty()) {
            Some(seconds) => {
                let time = self.time(seconds, missing.len());
                format!("; the others take about {time}, going by {} records", self.keys.len())
            }
            None => String::new(),
        };
        format!("{} are recorded{left}", known.len())
    }

    /// `40 s with 2 workers` for so many seconds of one.
    fn time(&self, seconds: f64, runs: usize) -> String {
        let workers = self.workers.min(runs).max(1);
        let noun = if workers == 1 { "worker" } else { "workers" };
        format!("{} with {workers} {noun}", duration((seconds / workers as f64).max(1.0)))
    }
}
