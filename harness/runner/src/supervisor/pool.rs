use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Event, Job, JobFailure, VERSION};
use flatbench_records::{Outcome, RunResult, Runtime, Trajectory};
use rustix::process::Signal;

use super::assignment::{Assignment, Late, Patience};
use super::interface::{Ended, Listener, Settings, SupervisorError};
use super::queue::Queue;
use super::references::Solved;
use super::settlement::Death;
use super::vitals::Beat;
use super::worker::{GRACE, Line, Message, Worker};
use crate::Interruption;
use crate::plugins::IMPORT;
use crate::suspension::Suspension;

/// How often signals and silent deaths are looked for.
const TICK: Duration = Duration::from_millis(50);
/// How long messages are dealt with at a stretch; keeping a record may take longer than its run.
const STRETCH: Duration = Duration::from_millis(200);
/// Messages that may wait; then workers wait too.
const BACKLOG: usize = 256;
/// A worker whose beats stay away for this long is replaced, whatever the time limit.
const STANDSTILL: Duration = Duration::from_secs(20);
/// Between two ticks the supervisor itself may have been stopped or starved for this long before it makes allowance.
const ABSENCE: Duration = Duration::from_secs(1);

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
    let (to, events) = sync_channel(BACKLOG);
    let pool = Pool {
        queue: Queue::new(jobs),
        solved: Solved::default(),
        workers: BTreeMap::new(),
        assigned: BTreeMap::new(),
        next_worker: 0,
        false_starts: BTreeMap::new(),
        trouble: None,
        settings,
        interruption,
        listener,
        to,
    };
    pool.run(&events)
}

pub(super) struct Pool<'a> {
    pub(super) queue: Queue,
    pub(super) solved: Solved,
    pub(super) workers: BTreeMap<u64, Worker>,
    /// By worker.
    pub(super) assigned: BTreeMap<u64, Assignment>,
    next_worker: u64,
    /// In a row, by runtime.
    pub(super) false_starts: BTreeMap<Runtime, u32>,
    /// How many runs could not be done for a reason that is no fault of theirs, and the first reason.
    pub(super) trouble: Option<(usize, String)>,
    pub(super) settings: &'a Settings,
    pub(super) interruption: &'a Interruption,
    pub(super) listener: &'a mut dyn Listener,
    to: SyncSender<(u64, Message)>,
}

/// How long a worker may take to say that it is ready: where an interpreter is started first, it reads many files, perhaps from a
/// slow disk.
fn startup(runtime: Runtime) -> Duration {
    match runtime {
        Runtime::Native => Duration::from_secs(60),
        Runtime::Python => IMPORT,
    }
}

/// Why a worker is killed.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    Late(Late),
    NotReady(Duration),
    StoodStill,
    TookMemory,
    NotReached,
}

impl Pool<'_> {
    fn run(mut self, events: &Receiver<(u64, Message)>) -> Result<(), SupervisorError> {
        let mut looked = Instant::now();
        // Where it cannot be listened for, Ctrl-Z stops this process alone.
        let suspension = Suspension::listen().ok();
        loop {
            if let Some(suspension) = suspension.as_ref().filter(|suspension| suspension.asked()) {
                self.workers.values().for_each(|worker| worker.signal(Signal::STOP));
                suspension.stop();
                self.workers.values().for_each(|worker| worker.signal(Signal::CONT));
            }
            if self.interruption.signal().is_some() {
                return Ok(());
            }
            self.hand_out()?;
            if self.queue.is_empty() && self.assigned.is_empty() {
                break;
            }
            match events.recv_timeout(TICK) {
                Ok((id, message)) => {
                    self.receive(id, message)?;
                    let begun = Instant::now();
                    while begun.elapsed() < STRETCH
                        && let Ok((id, message)) = events.try_recv()
                    {
                        self.receive(id, message)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the pool keeps a sender"),
            }
            let absent = looked.elapsed();
            if absent > ABSENCE {
                self.forgive(absent);
            }
            looked = Instant::now();
            self.look_for_trouble(looked)?;
        }
        for worker in self.workers.values_mut() {
            worker.reap(GRACE);
        }
        match self.trouble {
            Some((runs, reason)) => Err(SupervisorError::Place { runs, reason }),
            None => Ok(()),
        }
    }

    /// Gives jobs to idle workers, and starts workers while there are jobs left for them.
    fn hand_out(&mut self) -> Result<(), SupervisorError> {
        let idle = |(id, worker): (&u64, &Worker)| (worker.ready && !self.assigned.contains_key(id)).then_some(*id);
        let idle: Vec<u64> = self.workers.iter().filter_map(idle).collect();
        for id in idle {
            let Some(worker) = self.workers.get_mut(&id) else { continue };
            if worker.spent {
                drop(self.workers.remove(&id));
                continue;
            }
            match self.queue.take(worker.runtime, worker.used) {
                Some(mut job) => {
                    self.solved.hand_over(&mut job);
                    job.measuring_limit = self.settings.measuring_limit.as_secs_f64();
                    job.keep_parameters = self.settings.keep_parameters;
                    let first = !worker.used;
                    worker.give(&mut job);
                    self.assigned.insert(id, Assignment::new(job, first));
                }
                None if self.queue.is_empty() => return Ok(()),
                // What is left needs new workers, or others: this one makes room.
                None if self.workers.len() >= self.settings.workers.max(1) => drop(self.workers.remove(&id)),
                None => {}
            }
        }
        while self.workers.len() < self.settings.workers.max(1) {
            let starting =
                |runtime| self.workers.values().filter(|worker| !worker.ready && worker.runtime == runtime).count();
            let Some(runtime) = self.queue.wanted(starting) else { break };
            let id = self.next_worker;
            self.next_worker += 1;
            let spawned = Worker::spawn(self.settings, runtime, id, self.to.clone());
            let program = || self.settings.programs.of(runtime).executable.clone();
            self.workers.insert(id, spawned.map_err(|source| SupervisorError::Spawn { program: program(), source })?);
        }
        Ok(())
    }

    fn receive(&mut self, id: u64, message: Message) -> Result<(), SupervisorError> {
        if let Some(worker) = self.workers.get(&id) {
            worker.message_taken();
        }
        // A worker that was given up may have left messages.
        let Some(worker) = self.workers.get_mut(&id) else { return Ok(()) };
        let line = match message {
            Message::Closed => return self.bury(id, None),
            Message::Unreachable(error) => {
                self.listener.note(&format!("worker {id} cannot be reached: {error}"));
                return self.bury(id, Some(Reason::NotReached));
            }
            Message::Line(line) => line,
        };
        let assignment = self.assigned.get_mut(&id);
        let event = match line {
            Line::Event { token, event } if worker.has_said(&token, &event, assignment.is_some()) => event,
            // A plugin has found the pipe, or the process is broken: what it says counts for itself alone.
            Line::Event { .. } => return self.note_garbage(id, "an event that is not its own"),
            Line::Garbage(line) => return self.note_garbage(id, &line),
        };
        match event {
            Event::Ready { version } => {
                if version != VERSION {
                    return Err(SupervisorError::Version { found: version });
                }
                worker.ready = true;
                self.false_starts.remove(&worker.runtime);
                return Ok(());
            }
            Event::Alive { steps, processor_seconds, measuring_seconds, measuring_for } => {
                let at = Instant::now();
                worker.vitals.beat(Beat { at, steps, processor_seconds, measuring_seconds, measuring_for });
                return Ok(());
            }
            _ => {}
        }
        let Some(assignment) = assignment else { return Ok(()) };
        assignment.hear(&worker.vitals);
        match event {
            Event::Ready { .. } | Event::Alive { .. } => {}
            Event::Drawn { dimensions, references } => {
                assignment.dimensions = Some(dimensions);
                self.solved.remember(id, &assignment.job, *references);
            }
            Event::Started { key, measuring_seconds } => {
                assignment.start(&key, measuring_seconds);
                worker.vitals.restart();
                self.listener.started(&key);
            }
            Event::Opening { key } => assignment.open(&key),
            Event::Opened { key, measuring_seconds } => {
                assignment.opened(&key, measuring_seconds);
                worker.vitals.restart();
            }
            Event::Heartbeat { key, steps, seconds, .. } => assignment.beat(&key, steps, seconds),
            Event::Reached { key, point, factors, w } => {
                if !assignment.reach(&key, point, factors, w) {
                    return self.note_garbage(id, "parameters that do not fit their factors");
                }
            }
            Event::Stopped { key, result, trajectory } => assignment.stop(&key, result, trajectory),
            Event::Finished { key, result, trajectory } => self.finished(id, &key, result, trajectory)?,
            Event::Changed { what } => self.changed(id, &what.join(", "))?,
            Event::JobFailed { id: job, failure, reason } if job == assignment.job.id => {
                self.job_failed(id, failure, reason)?;
            }
            Event::JobDone { id: job } if job == assignment.job.id => {
                let done = self.assigned.remove(&id);
                if let Some(done) = done.filter(|done| !done.unreported.is_empty()) {
                    self.solved.distrust(id);
                    self.settle(done, Death::of("the report of the run was lost"))?;
                }
            }
            Event::JobFailed { .. } | Event::JobDone { .. } => {}
        }
        Ok(())
    }

    fn note_garbage(&mut self, id: u64, line: &str) -> Result<(), SupervisorError> {
        self.solved.distrust(id);
        self.listener.note(&format!("worker {id} wrote a line that is no event: {line}"));
        Ok(())
    }

    /// Keeps what came of a run. A failure counts only in a worker that has done nothing else: what went before may have taken its
    /// memory, its descriptors or its time.
    fn finished(
        &mut self,
        id: u64,
        key: &str,
        result: Box<RunResult>,
        trajectory: Option<Trajectory>,
    ) -> Result<(), SupervisorError> {
        let Some(assignment) = self.assigned.get_mut(&id) else { return Ok(()) };
        let Some((run, activity)) = assignment.report(key) else { return Ok(()) };
        let trajectory = trajectory.or_else(|| activity.stopped.and_then(|stopped| stopped.trajectory));
        let points = activity.points.of(&result);
        let (apart, dimensions, changed) = (assignment.is_apart(), assignment.dimensions, assignment.changed);
        let failed = result.outcome.is_failure();
        // A library that was described and does not load: a file that could not be read may be read the next time.
        let again = !apart || result.outcome == Outcome::LoadFailed && self.queue.second_chance(key);
        let job = (failed && again).then(|| assignment.job.clone());
        if let Some(worker) = self.workers.get_mut(&id) {
            let (text, dropped) = worker.output.take();
            self.listener.output(key, &text, dropped);
            worker.spent |= failed || changed;
        }
        if failed {
            self.solved.distrust(id);
        }
        if let Some(job) = job {
            let detail = result.outcome_detail.as_deref().unwrap_or_default();
            let outcome = result.outcome;
            self.listener.note(&format!(
                "{key}: {outcome} ({detail}), perhaps for no reason of its own; it is begun again in another worker"
            ));
            self.queue.again(&job, vec![run]);
            return Ok(());
        }
        self.listener.ended(Ended { key: key.to_owned(), dimensions, result, trajectory, points })?;
        Ok(())
    }

    /// A plugin has changed what all runs of a worker share. What is not reported is done elsewhere, each run that was under way
    /// by itself; a run that had the worker for itself has harmed nobody and goes on.
    fn changed(&mut self, id: u64, what: &str) -> Result<(), SupervisorError> {
        self.solved.distrust(id);
        let Some(assignment) = self.assigned.get_mut(&id) else { return Ok(()) };
        if let (true, [run]) = (assignment.is_apart(), assignment.job.runs.as_slice()) {
            assignment.changed = true;
            let run = run.clone();
            if self.queue.isolate(&run.library) {
                let optimizer = &run.optimizer;
                self.listener.note(&format!(
                    "{optimizer} changes its process: {what}; each of its runs has a worker of its own"
                ));
            }
            return Ok(());
        }
        self.listener
            .note(&format!("worker {id} was changed by a plugin: {what}; its runs are begun again in other ones"));
        self.workers.remove(&id);
        let Some(assignment) = self.assigned.remove(&id) else { return Ok(()) };
        let (begun, others): (Vec<_>, Vec<_>) =
            assignment.unreported.into_iter().partition(|run| assignment.active.contains_key(&run.key));
        self.queue.again(&assignment.job, others);
        for run in begun.into_iter().rev() {
            self.queue.again(&assignment.job, vec![run]);
        }
        Ok(())
    }

    /// A job that could not be begun, or gone on with.
    fn job_failed(&mut self, id: u64, failure: JobFailure, reason: String) -> Result<(), SupervisorError> {
        let Some(assignment) = self.assigned.remove(&id) else { return Ok(()) };
        match failure {
            JobFailure::Case => {
                for run in assignment.unreported {
                    let result = Box::new(RunResult::ended(Outcome::Skipped, &*reason));
                    let ended = Ended { key: run.key, dimensions: None, result, trajectory: None, points: None };
                    self.listener.ended(ended)?;
                }
            }
            JobFailure::Place => {
                if let Some(worker) = self.workers.get_mut(&id) {
                    worker.spent = true;
                }
                self.settle(assignment, Death { place: true, ..Death::of(&reason) })?;
            }
        }
        Ok(())
    }

    /// Makes allowance for time in which this process did not run, and so could not hear its workers.
    fn forgive(&mut self, time: Duration) {
        self.listener.note(&format!("the supervisor was away for {:.1} s", time.as_secs_f64()));
        self.assigned.values_mut().for_each(|assignment| assignment.forgive(time));
        self.workers.values_mut().for_each(|worker| worker.forgive(time));
    }

    /// Runs over their time, workers that never get ready, processes that are gone without closing their pipe, or stand
    /// still.
    fn look_for_trouble(&mut self, now: Instant) -> Result<(), SupervisorError> {
        let ids: Vec<u64> = self.workers.keys().copied().collect();
        for id in ids {
            let Some(worker) = self.workers.get_mut(&id) else { continue };
            // A run whose end is among the messages that wait is not late.
            if !worker.is_heard_out() {
                continue;
            }
            let patience = Patience { optimizing: self.settings.time_limit, measuring: self.settings.measuring_limit };
            let late = self.assigned.get_mut(&id).and_then(|job| job.is_late(now, patience, &worker.vitals));
            if let Some(late) = late {
                self.bury(id, Some(Reason::Late(late)))?;
            } else if self.settings.memory.is_some_and(|limit| worker.memory().is_some_and(|used| used > limit)) {
                self.bury(id, Some(Reason::TookMemory))?;
            } else if !worker.ready && now.saturating_duration_since(worker.spawned) > startup(worker.runtime) {
                let limit = startup(worker.runtime);
                self.bury(id, Some(Reason::NotReady(limit)))?;
            } else if worker.is_long_gone() {
                self.bury(id, None)?;
            } else if worker.vitals.stands_still(now, STANDSTILL) {
                self.bury(id, Some(Reason::StoodStill))?;
            }
        }
        Ok(())
    }
}
