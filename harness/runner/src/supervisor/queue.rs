use std::collections::{BTreeMap, BTreeSet, VecDeque};

use flatbench_records::protocol::{Job, RunRequest};

/// How often a run is begun whose worker keeps being ended from outside.
pub(super) const ATTEMPTS: u32 = 5;

/// Jobs that wait for a worker.
pub(super) struct Queue {
    jobs: VecDeque<Queued>,
    next_id: u64,
    /// How often the worker of a run, alone in it, was ended from outside.
    disturbances: BTreeMap<String, u32>,
    /// Runs that were given a second chance.
    given: BTreeSet<String>,
}

struct Queued {
    job: Job,
    /// Whether it needs a worker that has done nothing before, so that nothing but its run can be to blame.
    apart: bool,
}

impl Queue {
    pub(super) fn new(jobs: Vec<Job>) -> Self {
        let next_id = jobs.iter().map(|job| job.id + 1).max().unwrap_or(0);
        let jobs = jobs.into_iter().map(|job| Queued { job, apart: false }).collect();
        Queue { jobs, next_id, disturbances: BTreeMap::new(), given: BTreeSet::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The next job that a worker may have: any, for a new one.
    pub(super) fn take(&mut self, used_worker: bool) -> Option<Job> {
        let place = self.jobs.iter().position(|queued| !(used_worker && queued.apart))?;
        self.jobs.remove(place).map(|queued| queued.job)
    }

    /// Puts some runs of a job in front, a single run as one that is done apart.
    pub(super) fn again(&mut self, job: &Job, runs: Vec<RunRequest>) {
        let id = self.next_id;
        self.next_id += 1;
        let apart = runs.len() == 1;
        self.jobs.push_front(Queued { job: Job { id, runs, ..job.clone() }, apart });
    }

    /// Whether it is the first time that a run failed for no reason of its own: a library that was described and does not load,
    /// an instance that could not be prepared. A file that could not be read once may be read the next time.
    pub(super) fn second_chance(&mut self, key: &str) -> bool {
        self.given.insert(key.to_owned())
    }

    /// Counts that the worker of a run was ended from outside; whether the run may be begun once more.
    pub(super) fn excuse(&mut self, key: &str) -> bool {
        let count = self.disturbances.entry(key.to_owned()).or_insert(0);
        *count += 1;
        *count < ATTEMPTS
    }
}
