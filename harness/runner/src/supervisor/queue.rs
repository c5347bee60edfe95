use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use flatbench_records::Runtime;
use flatbench_records::protocol::{Job, RunRequest};

/// How often a run is begun whose worker keeps being ended from outside.
pub(super) const ATTEMPTS: u32 = 5;

/// Jobs that wait for a worker.
pub(super) struct Queue {
    jobs: VecDeque<Queued>,
    next_id: u64,
    /// How often the worker of a run, alone in it, was ended from outside.
    disturbances: BTreeMap<String, u32>,
    /// Libraries that change their process: each of their runs is done by itself.
    solitary: BTreeSet<PathBuf>,
    /// Runs that were given a second chance.
    given: BTreeSet<String>,
}

struct Queued {
    job: Job,
    /// Whether it needs a worker that has done nothing before, so that nothing but its own runs can be to blame.
    fresh: bool,
}

impl Queue {
    pub(super) fn new(jobs: Vec<Job>) -> Self {
        let next_id = jobs.iter().map(|job| job.id + 1).max().unwrap_or(0);
        let jobs = jobs.into_iter().map(|job| Queued { job, fresh: false }).collect();
        Queue { jobs, next_id, disturbances: BTreeMap::new(), solitary: BTreeSet::new(), given: BTreeSet::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The next job that a worker for this runtime may have: any, for a new one.
    pub(super) fn take(&mut self, runtime: Runtime, used_worker: bool) -> Option<Job> {
        let suits = |queued: &Queued| queued.job.runtime() == runtime && !(used_worker && queued.fresh);
        let place = self.jobs.iter().position(suits)?;
        self.jobs.remove(place).map(|queued| queued.job)
    }

    /// For which runtime another worker is wanted, where so many are being started for each; `None`: they are enough.
    pub(super) fn wanted(&self, starting: impl Fn(Runtime) -> usize) -> Option<Runtime> {
        let mut left = Runtime::ALL.map(starting);
        self.jobs.iter().map(|queued| queued.job.runtime()).find(|runtime| {
            let Some(left) = left.get_mut(*runtime as usize) else { return false };
            let none_left = *left == 0;
            *left = left.saturating_sub(1);
            none_left
        })
    }

    /// Puts some runs of a job in front, for a worker that has done nothing before.
    pub(super) fn again(&mut self, job: &Job, runs: Vec<RunRequest>) {
        let (alone, together): (Vec<_>, Vec<_>) =
            runs.into_iter().partition(|run| self.solitary.contains(&run.library));
        let lists = alone.into_iter().map(|run| vec![run]).chain([together]);
        for runs in lists.filter(|runs| !runs.is_empty()).collect::<Vec<_>>().into_iter().rev() {
            let id = self.next_id;
            self.next_id += 1;
            self.jobs.push_front(Queued { job: Job { id, runs, ..job.clone() }, fresh: true });
        }
    }

    /// From now on each run of a library is done by itself. Whether that is new.
    pub(super) fn isolate(&mut self, library: &Path) -> bool {
        if !self.solitary.insert(library.to_owned()) {
            return false;
        }
        for Queued { job, fresh } in std::mem::take(&mut self.jobs) {
            let (alone, together): (Vec<_>, Vec<_>) = job.runs.iter().cloned().partition(|run| run.library == library);
            for run in alone {
                let id = self.next_id;
                self.next_id += 1;
                self.jobs.push_back(Queued { job: Job { id, runs: vec![run], ..job.clone() }, fresh: true });
            }
            if !together.is_empty() {
                self.jobs.push_back(Queued { job: Job { runs: together, ..job }, fresh });
            }
        }
        true
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
