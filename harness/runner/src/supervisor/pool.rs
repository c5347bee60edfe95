use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use flatbench_records::protocol::{Event, Job, VERSION};
use flatbench_records::{Outcome, RunResult};

use super::assignment::Assignment;
use super::death::{death_in_words, is_from_outside};
use super::interface::{Ended, Listener, Settings, SupervisorError};
use super::queue::{ATTEMPTS, Queue};
use super::references::Solved;
use super::verdict::{lateness, place};
use super::vitals::Condition;
use super::worker::{GRACE, Message, Worker};
use crate::Interruption;

/// How often signals and silent deaths are looked for.
const TICK: Duration = Duration::from_millis(50);
/// How long messages are dealt with at a stretch; keeping a record may take longer than its run.
const STRETCH: Duration = Duration::from_millis(200);
/// Messages that may wait; then workers wait too.
const BACKLOG: usize = 256;
/// How long a worker may take to say that it is ready.
const STARTUP: Duration = Duration::from_secs(60);
/// Workers that may die in a row before being ready; then it is no accident.
const FALSE_STARTS: u32 = 3;
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
        false_starts: 0,
        settings,
        listener,
        to,
    };
    pool.run(&events, interruption)
}

struct Pool<'a> {
    queue: Queue,
    solved: Solved,
    workers: BTreeMap<u64, Worker>,
    /// By worker.
    assigned: BTreeMap<u64, Assignment>,
    next_worker: u64,
    false_starts: u32,
    settings: &'a Settings,
    listener: &'a mut dyn Listener,
    to: SyncSender<(u64, Message)>,
}

impl Pool<'_> {
    fn run(mut self, events: &Receiver<(u64, Message)>, interruption: &Interruption) -> Result<(), SupervisorError> {
        let mut looked = Instant::now();
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
        Ok(())
    }

    /// Gives jobs to idle workers, and starts workers while there are jobs left for them.
    fn hand_out(&mut self) -> Result<(), SupervisorError> {
        let idle = |(id, worker): (&u64, &Worker)| (worker.ready && !self.assigned.contains_key(id)).then_some(*id);
        let idle: Vec<u64> = self.workers.iter().filter_map(idle).collect();
        for id in idle {
            let Some(worker) = self.workers.get_mut(&id) else { continue };
            match self.queue.take(worker.used) {
                Some(mut job) => {
                    self.solved.hand_over(&mut job);
                    let first = !worker.used;
                    worker.give(&job);
                    self.assigned.insert(id, Assignment::new(job, first));
                }
                None if self.queue.is_empty() => return Ok(()),
                // What is left needs new workers: this one makes room.
                None if self.workers.len() >= self.settings.workers.max(1) => drop(self.workers.remove(&id)),
                None => {}
            }
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
        if let Some(worker) = self.workers.get(&id) {
            worker.message_taken();
        }
        let event = match message {
            Message::Closed => return self.bury(id, None),
            Message::Unreachable(error) => {
                self.listener.note(&format!("worker {id} cannot be reached: {error}"));
                return self.bury(id, Some(Reason::NotReached));
            }
            Message::Garbage(line) => {
                self.solved.distrust(id);
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
        if let Event::Alive { steps, processor_seconds } = event {
            worker.vitals.beat(Instant::now(), steps, processor_seconds);
            return Ok(());
        }
        let Some(assignment) = self.assigned.get_mut(&id) else { return Ok(()) };
        assignment.hear();
        match event {
            Event::Ready { .. } | Event::Alive { .. } => {}
            Event::Drawn { dimensions, references } => {
                assignment.dimensions = Some(dimensions);
                self.solved.remember(id, &assignment.job, *references);
            }
            Event::Started { key } => {
                assignment.start(&key);
                worker.vitals.restart();
                self.listener.started(&key);
            }
            Event::Heartbeat { key, steps, seconds, .. } => assignment.beat(&key, steps, seconds),
            Event::Finished { key, result, trajectory } => {
                if result.outcome.is_failure() {
                    self.solved.distrust(id);
                }
                let run = assignment.unreported.iter().find(|run| run.key == key).cloned();
                if assignment.report(&key) {
                    if result.outcome == Outcome::LoadFailed && self.queue.second_chance(&key) {
                        let reason = result.outcome_detail.as_deref().unwrap_or_default();
                        self.listener.note(&format!("{key}: {reason}; it is begun again in another worker"));
                        self.queue.again(&assignment.job, run.into_iter().collect());
                        return Ok(());
                    }
                    let dimensions = assignment.dimensions;
                    let (text, dropped) = worker.output.take();
                    self.listener.output(&key, &text, dropped);
                    self.listener.ended(Ended { key, dimensions, result, trajectory: Some(trajectory) })?;
                }
            }
            Event::JobFailed { id: job, skipped, reason } if job == assignment.job.id => {
                let outcome = if skipped { Outcome::Skipped } else { Outcome::Crashed };
                if outcome.is_failure() {
                    self.solved.distrust(id);
                }
                let detail = if skipped { reason } else { format!("the instance could not be prepared: {reason}") };
                let assignment = self.assigned.remove(&id);
                if let Some(assignment) = &assignment
                    && !skipped
                    && assignment.unreported.iter().all(|run| self.queue.second_chance(&run.key))
                {
                    self.listener.note(&format!("{detail}; it is tried again"));
                    self.queue.again(&assignment.job, assignment.unreported.clone());
                    return Ok(());
                }
                for run in assignment.into_iter().flat_map(|assignment| assignment.unreported) {
                    let result = Box::new(RunResult::ended(outcome, &*detail));
                    self.listener.ended(Ended { key: run.key, dimensions: None, result, trajectory: None })?;
                }
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
            let late = self.assigned.get_mut(&id).is_some_and(|job| job.is_late(now, self.settings.time_limit));
            if late {
                self.bury(id, Some(Reason::TookTooLong))?;
            } else if !worker.ready && now.saturating_duration_since(worker.spawned) > STARTUP {
                self.bury(id, Some(Reason::NotReady))?;
            } else if worker.is_long_gone() {
                self.bury(id, None)?;
            } else if worker.vitals.stands_still(now, STANDSTILL) {
                self.bury(id, Some(Reason::StoodStill))?;
            }
        }
        Ok(())
    }

    /// Ends a worker: it has died, or is killed for a reason.
    fn bury(&mut self, id: u64, killed_for: Option<Reason>) -> Result<(), SupervisorError> {
        let Some(mut worker) = self.workers.remove(&id) else { return Ok(()) };
        let condition = worker.vitals.condition(Instant::now());
        let patience = if killed_for.is_some() { Duration::ZERO } else { GRACE };
        let status = worker.reap(patience);
        let last_words = worker.output.last_words().unwrap_or_default();
        let (text, dropped) = worker.output.take();
        // What Rust says when the system refuses memory; a note about a missing backtrace may follow it.
        let refusal = text.lines().rev().find(|line| line.contains("memory allocation of"));
        let words = refusal.map_or(last_words, |line| line.trim().to_owned());
        let death = match (killed_for, status) {
            (Some(reason), _) => format!("killed: it {}", reason.in_words()),
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
            if matches!(killed_for, Some(Reason::NotReached)) {
                return self.settle(assignment, Death { late: None, from_outside: true, detail: death });
            }
            let from_outside = condition == Condition::StandingStill;
            return self.settle(assignment, Death { late: Some(condition), from_outside, detail: String::new() });
        }
        let mut detail = death;
        if status.is_some_and(|status| status.code().is_some()) {
            detail.push_str(" in the middle of a run");
        }
        if refusal.is_some() {
            detail.push_str(", out of memory (see --memory-limit)");
        }
        if !words.is_empty() {
            detail.push_str(&format!("; its last words: {words:?}"));
        }
        self.settle(assignment, Death { late: None, from_outside: status.is_some_and(is_from_outside), detail })
    }

    /// Records the culprit of an assignment that will not be finished, and queues the rest.
    ///
    /// A run is blamed for a death only if its worker had done nothing else, since what went before may have broken the
    /// process; and not for being ended from outside, unless that happens every time.
    fn settle(&mut self, assignment: Assignment, death: Death) -> Result<(), SupervisorError> {
        let (job, dimensions) = (assignment.job.clone(), assignment.dimensions);
        let apart = assignment.first && job.runs.len() == 1;
        let remains = assignment.remains();
        for runs in remains.again.into_iter().rev() {
            self.queue.again(&job, runs);
        }
        let Some((run, activity)) = remains.culprit else { return Ok(()) };
        let innocent = death.late.is_none() && !apart;
        if death.from_outside && self.queue.excuse(&run.key) || innocent && !death.from_outside {
            self.listener.note(&format!("{}: its worker ended ({death}); it is begun again in another one", run.key));
            self.queue.again(&job, vec![run]);
            return Ok(());
        }
        let steps = activity.as_ref().map_or(0, |activity| activity.steps);
        let (outcome, mut detail) = match death.late {
            Some(condition) => (Outcome::TimedOut, lateness(activity.as_ref(), self.settings.time_limit, condition)),
            None if activity.is_some() => (Outcome::Crashed, place(&death.detail, steps)),
            None => (Outcome::Crashed, format!("{}, before its first step", death.detail)),
        };
        if death.from_outside {
            detail.push_str(&format!(
                ", in each of {ATTEMPTS} attempts (ended from outside: is the machine out of memory? see --memory-limit)"
            ));
        }
        let result = Box::new(RunResult { steps, ..RunResult::ended(outcome, detail) });
        self.listener.ended(Ended { key: run.key, dimensions, result, trajectory: None })?;
        Ok(())
    }
}

/// Why a worker is killed.
#[derive(Clone, Copy)]
enum Reason {
    TookTooLong,
    NotReady,
    StoodStill,
    NotReached,
}

impl Reason {
    fn in_words(self) -> &'static str {
        match self {
            Reason::TookTooLong => "took too long",
            Reason::NotReady => "was not ready after 60 s",
            Reason::NotReached => "could not be reached",
            Reason::StoodStill => "gave no sign of life for 20 s",
        }
    }
}

/// How the worker of an assignment came to its end.
struct Death {
    /// What it was doing when it was killed for being late; `None` if it died by itself.
    late: Option<Condition>,
    /// Whether its runs are hardly to blame.
    from_outside: bool,
    /// How it died.
    detail: String,
}

impl Death {
    fn of(detail: &str) -> Self {
        Death { late: None, from_outside: false, detail: detail.to_owned() }
    }
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.late {
            Some(condition) => write!(f, "killed{condition}"),
            None => f.write_str(&self.detail),
        }
    }
}
