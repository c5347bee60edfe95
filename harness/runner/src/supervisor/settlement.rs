use std::time::{Duration, Instant};

use flatbench_records::{Limit, LimitState, Outcome, Points, RunResult, Runtime};
use rustix::process::{Resource, getrlimit};

use super::assignment::{Activity, Assignment, Late, Stopped};
use super::death::{death_in_words, is_from_outside};
use super::interface::{Ended, SupervisorError};
use super::pool::{Pool, Reason};
use super::queue::ATTEMPTS;
use super::verdict::{lateness, place, unmeasured};
use super::vitals::Condition;
use super::worker::GRACE;

/// Workers that may die in a row before being ready; then it is no accident.
const FALSE_STARTS: u32 = 3;

/// What ends a job is sent to all of its processes, one after the other: where it reaches this one a moment after a worker, the session
/// is over, and nothing is to be decided about that worker.
const MOMENT: Duration = Duration::from_millis(100);

/// How the worker of an assignment came to its end.
#[derive(Clone, Debug)]
pub(super) struct Death {
    /// What it was late with, and what it was doing then; `None` if it died by itself.
    pub(super) late: Option<(Late, Condition)>,
    /// Whether its runs are hardly to blame.
    pub(super) from_outside: bool,
    /// Whether something was missing that every run needs, so that no run is to blame at all.
    pub(super) place: bool,
    /// How it died.
    pub(super) detail: String,
}

impl Death {
    pub(super) fn of(detail: &str) -> Self {
        Death { late: None, from_outside: false, place: false, detail: detail.to_owned() }
    }
}

impl std::fmt::Display for Death {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.late {
            Some((Late::Optimizer, condition)) => write!(f, "killed{condition}"),
            Some((Late::Measuring, _)) => f.write_str("killed while the host measured"),
            Some((Late::Preparing, _)) => f.write_str("killed while the host prepared the instance"),
            None => f.write_str(&self.detail),
        }
    }
}

impl Pool<'_> {
    /// Ends a worker: it has died, or is killed for a reason.
    pub(super) fn bury(&mut self, id: u64, killed_for: Option<Reason>) -> Result<(), SupervisorError> {
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
            (Some(reason), _) => format!("killed: {reason}"),
            (None, Some(status)) => death_in_words(status),
            (None, None) => "closed its connection to the supervisor".into(),
        };
        self.listener.note(&format!("worker {id}: {death}"));
        let ended_by_others = killed_for.is_none() && status.is_some_and(is_from_outside);
        if ended_by_others && self.interruption.comes_within(MOMENT) {
            return Ok(());
        }
        if !worker.ready {
            let false_starts = self.false_starts.entry(worker.runtime).or_default();
            *false_starts += 1;
            if *false_starts >= FALSE_STARTS {
                let words = if words.is_empty() { words } else { format!(": {words}") };
                let interpreter = (worker.runtime == Runtime::Python)
                    .then(|| self.settings.programs.of(worker.runtime).executable.clone());
                return Err(SupervisorError::FalseStarts { interpreter, death, words });
            }
        }
        let Some(assignment) = self.assigned.remove(&id) else { return Ok(()) };
        for key in assignment.active.keys() {
            self.listener.output(key, &text, dropped);
        }
        if let Some(Reason::Late(late)) = killed_for {
            let from_outside = condition == Condition::StandingStill;
            return self.settle(assignment, Death { late: Some((late, condition)), from_outside, ..Death::of("") });
        }
        let mut detail = death;
        if status.is_some_and(|status| status.code().is_some()) {
            detail.push_str(" in the middle of a run");
        }
        if refusal.is_some() {
            detail.push_str(", out of memory (see --memory-limit)");
        }
        if let (None, Some(limit)) = (killed_for, limit_of(Resource::As)) {
            detail.push_str(&format!(
                " (`ulimit -v` holds its address space to {} MiB, of which what is only reserved counts too)",
                limit >> 20
            ));
        }
        // Where the soft limit is the hard one, the system does not warn by SIGXCPU first.
        if let (Some(true), Some(limit)) = (status.map(is_from_outside), limit_of(Resource::Cpu)) {
            detail.push_str(&format!(" (`ulimit -t` holds its processor time to {limit} s)"));
        }
        if !words.is_empty() && killed_for.is_none() {
            detail.push_str(&format!("; its last words: {words:?}"));
        }
        let from_outside =
            matches!(killed_for, Some(Reason::StoodStill | Reason::NotReached)) || status.is_some_and(is_from_outside);
        self.settle(assignment, Death { from_outside, ..Death::of(&detail) })
    }

    /// Records the culprit of an assignment that will not be finished, and queues the rest.
    ///
    /// A run is blamed for a death only if its worker had done nothing else, since what went before may have broken the process; not
    /// for being ended from outside, unless that happens every time; and not for what the host was doing.
    pub(super) fn settle(&mut self, assignment: Assignment, death: Death) -> Result<(), SupervisorError> {
        if death.place || assignment.active.is_empty() {
            return self.settle_without_culprit(assignment, &death);
        }
        let (job, dimensions, apart) = (assignment.job.clone(), assignment.dimensions, assignment.is_apart());
        let remains = assignment.remains();
        for runs in remains.again.into_iter().rev() {
            self.queue.again(&job, runs);
        }
        let Some((run, activity)) = remains.culprit else { return Ok(()) };
        let by_the_host = matches!(death.late, Some((Late::Measuring | Late::Preparing, _)));
        let innocent = !apart && !by_the_host;
        if death.from_outside && self.queue.excuse(&run.key) || innocent && !death.from_outside {
            self.listener.note(&format!("{}: its worker ended ({death}); it is begun again in another one", run.key));
            self.queue.again(&job, vec![run]);
            return Ok(());
        }
        let limit = self.settings.measuring_limit;
        let (mut activity, key) = (activity, run.key.clone());
        if let Some(activity) = &mut activity
            && let Some(stopped) = activity.stopped.take()
        {
            let reason = unmeasured(by_the_host.then_some(limit), &death);
            return self.keep_stopped(key, dimensions, stopped, std::mem::take(&mut activity.points), reason);
        }
        if by_the_host && job.sparing.is_none() {
            let reason = unmeasured(Some(limit), &death);
            self.listener.note(&format!("{key}: {reason}; it is begun again and measured sparingly"));
            self.queue.again(&flatbench_records::protocol::Job { sparing: Some(reason), ..job }, vec![run]);
            return Ok(());
        }
        let (outcome, detail) = self.verdict(activity.as_ref(), &death);
        let steps = activity.as_ref().map_or(0, |activity| activity.steps);
        let result = Box::new(RunResult { steps, ..RunResult::ended(outcome, detail) });
        self.listener.ended(Ended { key, dimensions, result, trajectory: None, points: None })?;
        Ok(())
    }

    /// What a run is recorded as that its worker did not survive.
    fn verdict(&self, activity: Option<&Activity>, death: &Death) -> (Outcome, String) {
        let (outcome, mut detail) = match death.late {
            Some((Late::Optimizer, condition)) => {
                (Outcome::TimedOut, lateness(activity, self.settings.time_limit, condition))
            }
            Some(_) => (Outcome::TimedOut, unmeasured(Some(self.settings.measuring_limit), death)),
            None => match activity {
                Some(activity) => (Outcome::Crashed, place(&death.detail, activity)),
                None => (Outcome::Crashed, format!("{}, before its first step", death.detail)),
            },
        };
        if death.from_outside {
            let unlimited = limit_of(Resource::Cpu).is_none();
            let hint = if unlimited { ": is the machine out of memory? see --memory-limit" } else { "" };
            detail.push_str(&format!(", in each of {ATTEMPTS} attempts (ended from outside{hint})"));
        }
        (outcome, detail)
    }

    /// Records what is known of a run whose optimizer had stopped; what the host did not get to measure is null, with the reason.
    fn keep_stopped(
        &mut self,
        key: String,
        dimensions: Option<flatbench_records::Dimensions>,
        stopped: Stopped,
        points: Points,
        reason: String,
    ) -> Result<(), SupervisorError> {
        let Stopped { mut result, trajectory, .. } = stopped;
        if result.limit.is_none() && result.termination.is_some() {
            let reason = Some(reason.clone());
            let metrics = Default::default();
            result.limit = Some(Limit { state: LimitState::NotReached, reason, distance_moved: None, metrics });
        }
        result.unmeasured = Some(reason);
        let points = points.of(&result);
        self.listener.ended(Ended { key, dimensions, result, trajectory, points })?;
        Ok(())
    }

    /// Nothing that a run did can be the reason: the worker was preparing, or lacked what every run needs.
    fn settle_without_culprit(&mut self, assignment: Assignment, death: &Death) -> Result<(), SupervisorError> {
        let drawn = assignment.dimensions.is_some();
        let Assignment { job, unreported, first, .. } = assignment;
        let Some(run) = unreported.first() else { return Ok(()) };
        let limit = self.settings.measuring_limit;
        let slow = matches!(death.late, Some((Late::Preparing, _)));
        // Plugins of this job, or of earlier ones, may have taken what is missing: each run by itself shows.
        let shared = !first || drawn && job.runs.len() > 1;
        // A file that could not be read may be read the next time.
        let chance = !slow && !shared && unreported.iter().all(|run| self.queue.second_chance(&run.key));
        if !slow && (shared || chance) {
            self.listener.note(&format!("job {}: its worker ended ({death}); it is begun again in other ones", job.id));
            let lists: Vec<_> =
                if drawn { unreported.into_iter().map(|run| vec![run]).collect() } else { vec![unreported] };
            lists.into_iter().rev().for_each(|runs| self.queue.again(&job, runs));
        } else if death.from_outside && self.queue.excuse(&run.key) {
            self.queue.again(&job, unreported);
        } else if slow && job.sparing.is_none() {
            let reason = unmeasured(Some(limit), death);
            self.listener.note(&format!("job {}: {reason}; it is begun again and measured sparingly", job.id));
            self.queue.again(&flatbench_records::protocol::Job { sparing: Some(reason), ..job }, unreported);
        } else {
            let what = if slow { unmeasured(Some(limit), death) } else { death.to_string() };
            let reason =
                if death.place { what } else { format!("no instance of {} could be prepared: {what}", job.case.name) };
            self.listener.note(&format!("{} runs are not recorded: {reason}", unreported.len()));
            let (runs, _) = self.trouble.get_or_insert((0, reason));
            *runs += unreported.len();
        }
        Ok(())
    }
}

/// A limit that this process was started under, and its workers with it.
fn limit_of(resource: Resource) -> Option<u64> {
    getrlimit(resource).current
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Reason::NotReady(limit) => return write!(f, "it was not ready after {} s", limit.as_secs()),
            Reason::Late(Late::Optimizer) => "it took too long",
            Reason::Late(Late::Measuring) => "the host took too long to measure a run",
            Reason::Late(Late::Preparing) => "the host took too long to prepare the instance",
            Reason::StoodStill => "it gave no sign of life for 20 s",
            Reason::NotReached => "it could not be reached",
            Reason::TookMemory => "it took more memory than it may (see --memory-limit)",
        })
    }
}
