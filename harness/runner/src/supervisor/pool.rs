use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Event, Job, RunRequest, RunResult, VERSION};
use flatbench_records::{Dimensions, OracleCalls, Outcome, References, Trajectory};

use super::assignment::{Activity, Assignment};
use super::death::death_in_words;
use super::worker::{GRACE, Message, Worker};
use crate::Interruption;
use crate::store::StoreError;

/// How often signals and silent deaths are looked for.
const TICK: Duration = Duration::from_millis(50);
/// How long a worker may take to say that it is ready.
const STARTUP: Duration = Duration::from_secs(60);
/// Workers that may die in a row before being ready; then it is no accident.
const FALSE_STARTS: u32 = 3;

/// How runs are done.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Executable of the worker.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// How many workers at a time, ≥ 1.
    pub workers: usize,
    /// Wall-clock time that one run may take.
    pub time_limit: Duration,
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
    /// Its course; `None` if the worker died.
    pub trajectory: Option<Trajectory>,
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
    #[error("cannot start {}: {source}", .program.display())]
    Spawn {
        /// Executable.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Workers die before they are ready.
    #[error("workers do not start: {death}{words} (a memory limit may be too low: see --memory-limit)")]
    FalseStarts {
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
    /// A result could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does all runs of all jobs. Returns early, without an error, when `interruption` is raised; then runs in progress are
/// dropped.
///
/// Has to be called from a thread that outlives it, such as the main one: workers die with the thread that started them.
///
/// # Errors
/// Trouble that no other run would escape: see [`SupervisorError`]. All workers are gone when this returns.
pub fn supervise(
    jobs: Vec<Job>,
    settings: &Settings,
    interruption: &Interruption,
    listener: &mut dyn Listener,
) -> Result<(), SupervisorError> {
    let (to, events) = channel();
    let next_job = jobs.iter().map(|job| job.id + 1).max().unwrap_or(0);
    let pool = Pool {
        queue: jobs.into(),
        workers: BTreeMap::new(),
        assigned: BTreeMap::new(),
        next_worker: 0,
        next_job,
        false_starts: 0,
        settings,
        listener,
        to,
    };
    pool.run(&events, interruption)
}

struct Pool<'a> {
    queue: VecDeque<Job>,
    workers: BTreeMap<u64, Worker>,
    /// By worker.
    assigned: BTreeMap<u64, Assignment>,
    next_worker: u64,
    next_job: u64,
    false_starts: u32,
    settings: &'a Settings,
    listener: &'a mut dyn Listener,
    to: Sender<(u64, Message)>,
}

impl Pool<'_> {
    fn run(mut self, events: &Receiver<(u64, Message)>, interruption: &Interruption) -> Result<(), SupervisorError> {
        loop {
            if interruption.signal().is_some() {
                return Ok(());
            }
            self.hand_out()?;
            if self.queue.is_empty() && self.assigned.is_empty() {
                break;
            }
            match events.recv_timeout(TICK) {
                Ok((id, message)) => {
                    self.receive(id, message)?;
                    // What has arrived is dealt with before clocks are looked at: a finished run is not late.
                    while let Ok((id, message)) = events.try_recv() {
                        self.receive(id, message)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the pool keeps a sender"),
            }
            self.look_for_trouble()?;
        }
        for worker in self.workers.values_mut() {
            worker.reap(GRACE);
        }
        Ok(())
    }

    /// Gives jobs to idle workers, and starts workers while there are jobs left for them.
    fn hand_out(&mut self) -> Result<(), SupervisorError> {
        for (&id, worker) in self.workers.iter().filter(|(_, worker)| worker.ready) {
            if self.assigned.contains_key(&id) {
                continue;
            }
            let Some(job) = self.queue.pop_front() else { return Ok(()) };
            worker.give(&job);
            self.assigned.insert(id, Assignment::new(job));
        }
        let waiting = self.workers.values().filter(|worker| !worker.ready).count();
        let wanted = self.queue.len().saturating_sub(waiting).min(self.settings.workers.max(1) - self.workers.len());
        for _ in 0..wanted {
            let id = self.next_worker;
            self.next_worker += 1;
            let spawned = Worker::spawn(self.settings, id, self.to.clone());
            let program = || self.settings.program.clone();
            self.workers.insert(id, spawned.map_err(|source| SupervisorError::Spawn { program: program(), source })?);
        }
        Ok(())
    }

    fn receive(&mut self, id: u64, message: Message) -> Result<(), SupervisorError> {
        let event = match message {
            Message::Closed => return self.bury(id, None),
            Message::Garbage(line) => {
                self.listener.note(&format!("worker {id} wrote a line that is no event: {line}"));
                return Ok(());
            }
            Message::Event(event) => event,
        };
        // A worker that was given up may have left messages.
        let Some(worker) = self.workers.get_mut(&id) else { return Ok(()) };
        if let Event::Ready { version } = event {
            if version != VERSION {
                return Err(SupervisorError::Version { found: version });
            }
            worker.ready = true;
            self.false_starts = 0;
            return Ok(());
        }
        let Some(assignment) = self.assigned.get_mut(&id) else { return Ok(()) };
        assignment.hear();
        match event {
            Event::Ready { .. } => {}
            Event::Drawn { dimensions } => assignment.dimensions = Some(dimensions),
            Event::Started { key } => {
                assignment.start(&key);
                self.listener.started(&key);
            }
            Event::Heartbeat { key, steps, seconds, .. } => assignment.beat(&key, steps, seconds),
            Event::Finished { key, result, trajectory } => {
                if assignment.report(&key) {
                    let dimensions = assignment.dimensions;
                    let (text, dropped) = worker.output.take();
                    self.listener.output(&key, &text, dropped);
                    self.listener.ended(Ended { key, dimensions, result, trajectory: Some(trajectory) })?;
                }
            }
            Event::JobFailed { id: job, skipped, reason } if job == assignment.job.id => {
                let outcome = if skipped { Outcome::Skipped } else { Outcome::Crashed };
                let detail = if skipped { reason } else { format!("the instance could not be prepared: {reason}") };
                let assignment = self.assigned.remove(&id);
                for run in assignment.into_iter().flat_map(|assignment| assignment.unreported) {
                    let result = Box::new(unfinished(outcome, detail.clone(), 0));
                    self.listener.ended(Ended { key: run.key, dimensions: None, result, trajectory: None })?;
                }
            }
            Event::JobDone { id: job } if job == assignment.job.id => {
                let done = self.assigned.remove(&id);
                if let Some(done) = done.filter(|done| !done.unreported.is_empty()) {
                    self.settle(done, "the report of the run was lost".into(), Outcome::Crashed)?;
                }
            }
            Event::JobFailed { .. } | Event::JobDone { .. } => {}
        }
        Ok(())
    }

    /// Runs over their time, workers that never get ready, processes that are gone without closing their pipe.
    fn look_for_trouble(&mut self) -> Result<(), SupervisorError> {
        let now = Instant::now();
        let ids: Vec<u64> = self.workers.keys().copied().collect();
        for id in ids {
            let late = self.assigned.get_mut(&id).is_some_and(|job| job.is_late(now, self.settings.time_limit));
            let Some(worker) = self.workers.get_mut(&id) else { continue };
            if late {
                self.bury(id, Some("took too long"))?;
            } else if !worker.ready && worker.spawned.elapsed() > STARTUP {
                self.bury(id, Some("was not ready after 60 s"))?;
            } else if worker.is_long_gone() {
                self.bury(id, None)?;
            }
        }
        Ok(())
    }

    /// Ends a worker: it has died, or is killed for a reason.
    fn bury(&mut self, id: u64, killed_for: Option<&str>) -> Result<(), SupervisorError> {
        let Some(mut worker) = self.workers.remove(&id) else { return Ok(()) };
        let patience = if killed_for.is_some() { Duration::ZERO } else { GRACE };
        let status = worker.reap(patience);
        let words = worker.output.last_words().unwrap_or_default();
        let (text, dropped) = worker.output.take();
        let death = match (killed_for, status) {
            (Some(reason), _) => format!("killed: it {reason}"),
            (None, Some(status)) => death_in_words(status),
            (None, None) => "closed its connection to the supervisor".into(),
        };
        self.listener.note(&format!("worker {id}: {death}"));
        if !worker.ready {
            self.false_starts += 1;
            if self.false_starts >= FALSE_STARTS {
                let words = if words.is_empty() { words } else { format!(": {words}") };
                return Err(SupervisorError::FalseStarts { death, words });
            }
        }
        let Some(assignment) = self.assigned.remove(&id) else { return Ok(()) };
        for key in assignment.active.keys() {
            self.listener.output(key, &text, dropped);
        }
        if killed_for.is_some() {
            return self.settle(assignment, String::new(), Outcome::TimedOut);
        }
        let mut detail = death;
        if status.is_some_and(|status| status.code().is_some()) {
            detail.push_str(" in the middle of a run");
        }
        if words.contains("memory allocation of") {
            detail.push_str(", out of memory (see --memory-limit)");
        }
        if !words.is_empty() {
            detail.push_str(&format!("; its last words: {words:?}"));
        }
        self.settle(assignment, detail, Outcome::Crashed)
    }

    /// Records the culprit of an assignment that will not be finished, and queues the rest.
    fn settle(&mut self, assignment: Assignment, detail: String, outcome: Outcome) -> Result<(), SupervisorError> {
        let (job, dimensions) = (assignment.job.clone(), assignment.dimensions);
        let remains = assignment.remains();
        for runs in remains.again.into_iter().rev() {
            self.requeue(&job, runs);
        }
        let Some((run, activity)) = remains.culprit else { return Ok(()) };
        let steps = activity.as_ref().map_or(0, |activity| activity.steps);
        let detail = match outcome {
            Outcome::TimedOut => self.lateness(activity.as_ref()),
            _ if activity.is_some() => place(&detail, steps),
            _ => format!("{detail}, before its first step"),
        };
        let result = Box::new(unfinished(outcome, detail, steps));
        self.listener.ended(Ended { key: run.key, dimensions, result, trajectory: None })?;
        Ok(())
    }

    fn lateness(&self, activity: Option<&Activity>) -> String {
        match activity {
            Some(activity) if activity.shared => format!(
                "killed with {:.1} s of its own (limit {} s); last sign of life {:.1} s before, at step {}",
                activity.seconds,
                self.settings.time_limit.as_secs_f64(),
                activity.sign_of_life.elapsed().as_secs_f64(),
                activity.steps
            ),
            Some(activity) => format!(
                "killed after {:.1} s (limit {} s); last sign of life {:.1} s before, at step {}",
                activity.started.elapsed().as_secs_f64(),
                self.settings.time_limit.as_secs_f64(),
                activity.sign_of_life.elapsed().as_secs_f64(),
                activity.steps
            ),
            None => "killed while the instance and the library were prepared, which took too long".into(),
        }
    }

    fn requeue(&mut self, job: &Job, runs: Vec<RunRequest>) {
        let id = self.next_job;
        self.next_job += 1;
        self.queue.push_front(Job { id, runs, ..job.clone() });
    }
}

/// Puts the step behind the way of dying: "killed by signal 11 (SIGSEGV) after step 40; its last words: ..".
fn place(detail: &str, steps: u64) -> String {
    match detail.split_once(';') {
        Some((death, words)) => format!("{death} after step {steps};{words}"),
        None => format!("{detail} after step {steps}"),
    }
}

/// The result of a run that nobody reported.
fn unfinished(outcome: Outcome, detail: String, steps: u64) -> RunResult {
    RunResult {
        outcome,
        outcome_detail: Some(detail),
        termination: None,
        interpolated: false,
        resolved: BTreeMap::new(),
        oracle_calls: OracleCalls::default(),
        gradient_equivalents: 0.0,
        steps,
        optimizer_seconds: 0.0,
        measurement_seconds: 0.0,
        reference_seconds: 0.0,
        start: None,
        iterate: None,
        limit: None,
        reference: References::default(),
    }
}
