use std::collections::{BTreeMap, BTreeSet};

use super::engine::{Phase, Seen};
use super::{Layout, Role, Submission, Tally};
use crate::status::Failure;

/// A part of a stage, by its records and by the engine's word.
#[derive(Clone, Debug)]
pub struct Task {
    /// Stage.
    pub role: Role,
    /// Which part, from 1.
    pub part: usize,
    /// Runs that it has to do.
    pub runs: usize,
    /// What they are expected to cost.
    pub cost: f64,
    /// What it has done.
    pub tally: Tally,
    /// What the engine says of the last job that was to do it; nothing where it has forgotten it, or does not answer.
    pub seen: Option<Seen>,
}

impl Task {
    /// Whether all its runs are recorded.
    pub fn is_done(&self) -> bool {
        self.tally.recorded >= self.runs
    }

    /// Whether the engine has it in hand: it runs, or it will.
    pub fn is_in_hand(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.phase != Phase::Over)
    }

    fn is(&self, phase: Phase) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.phase == phase)
    }

    /// The share of its cost that is left.
    fn left(&self) -> f64 {
        let done = self.tally.recorded.min(self.runs) as f64 / self.runs.max(1) as f64;
        self.cost * (1.0 - done)
    }
}

/// Where a submitted suite stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Every part.
    pub tasks: Vec<Task>,
    /// The jobs that join parts, those that the engine remembers.
    pub joins: Vec<Seen>,
    /// Why the engine does not answer, if it does not.
    pub silent: Option<String>,
    cores: u16,
}

impl Progress {
    /// Asks the engine and reads the parts.
    pub fn of(layout: &Layout, submission: &Submission) -> Result<Self, Failure> {
        let (seen, silent) = match submission.engine.engine().look(&submission.names()) {
            Ok(seen) => (seen, None),
            Err(reason) => (Vec::new(), Some(reason)),
        };
        // Of several jobs that were to do a part, the last.
        let jobs: BTreeMap<(Role, usize), &str> = submission
            .jobs
            .iter()
            .flat_map(|job| job.parts.iter().map(move |&part| ((job.role, part), job.job.as_str())))
            .collect();
        let of_part: BTreeMap<(&str, usize), &Seen> =
            seen.iter().filter_map(|seen| Some(((seen.job.as_str(), seen.part?), seen))).collect();
        let mut tasks = Vec::new();
        for stage in &submission.stages {
            let count = stage.parts.len();
            for (part, plan) in (1..=count).zip(&stage.parts) {
                let job = jobs.get(&(stage.role, part));
                tasks.push(Task {
                    role: stage.role,
                    part,
                    runs: plan.runs,
                    cost: plan.cost,
                    tally: Tally::of(&layout.part(stage.role, part, count))?,
                    seen: job.and_then(|job| of_part.get(&(*job, part))).map(|&seen| seen.clone()),
                });
            }
        }
        let joins = seen.into_iter().filter(|seen| seen.part.is_none()).collect();
        Ok(Progress { tasks, joins, silent, cores: submission.resources.cores() })
    }

    /// Runs of all parts.
    pub fn runs(&self) -> usize {
        self.tasks.iter().map(|task| task.runs).sum()
    }

    /// Runs that are recorded.
    pub fn recorded(&self) -> usize {
        self.tasks.iter().map(|task| task.tally.recorded.min(task.runs)).sum()
    }

    /// Runs that are recorded and failed.
    pub fn failed(&self) -> usize {
        self.tasks.iter().map(|task| task.tally.failed).sum()
    }

    /// How many tasks are in a phase.
    pub fn number(&self, phase: Phase) -> usize {
        self.tasks.iter().filter(|task| task.is(phase)).count()
    }

    /// Whether the engine has anything in hand, joining included.
    pub fn is_in_hand(&self) -> bool {
        self.tasks.iter().any(Task::is_in_hand) || self.joins.iter().any(|join| join.phase != Phase::Over)
    }

    /// The jobs that have parts in hand.
    pub fn jobs_in_hand(&self) -> Vec<String> {
        let in_hand = self.tasks.iter().filter(|task| task.is_in_hand()).filter_map(|task| task.seen.as_ref());
        in_hand.map(|seen| seen.job.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The jobs in hand that join parts.
    pub fn joins_in_hand(&self) -> Vec<&str> {
        self.joins.iter().filter(|join| join.phase != Phase::Over).map(|join| join.job.as_str()).collect()
    }

    /// Those of them that join all.
    pub fn merges_in_hand(&self, submission: &Submission) -> Vec<&str> {
        let merges: BTreeSet<&str> =
            submission.jobs.iter().filter(|job| job.role == Role::Merge).map(|job| job.job.as_str()).collect();
        self.joins_in_hand().into_iter().filter(|join| merges.contains(join)).collect()
    }

    /// Seconds until all parts are done if as many go on running as do now and cost is what was expected; `None` where nothing is
    /// known of one or the other.
    pub fn seconds_left(&self) -> Option<f64> {
        let done: f64 = self.tasks.iter().map(|task| task.cost - task.left()).sum();
        let spent: f64 = self.tasks.iter().map(|task| task.tally.seconds).sum();
        let running = self.number(Phase::Running);
        if done <= 0.0 || spent <= 0.0 || running == 0 {
            return None;
        }
        let seconds = |cost: f64| cost * spent / done / f64::from(self.cores.max(1));
        let in_hand = || self.tasks.iter().filter(|task| task.is_in_hand());
        let longest = in_hand().map(Task::left).fold(0.0, f64::max);
        let together: f64 = in_hand().map(Task::left).sum();
        Some(seconds(longest.max(together / running as f64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(part: usize, recorded: usize, phase: Phase) -> Task {
        let seen = Seen { job: "1".into(), part: Some(part), phase, state: String::new(), place: String::new() };
        let tally = Tally { recorded, failed: 0, seconds: recorded as f64 };
        Task { role: Role::Runs, part, runs: 10, cost: 10.0, tally, seen: Some(seen) }
    }

    #[test]
    fn the_end_is_expected_from_what_runs_have_taken() {
        let of = |tasks| Progress { tasks, joins: Vec::new(), silent: None, cores: 1 };
        // One that runs has 5 s to go; one waits with 10 s: one after the other on the one place there is.
        let one = of(vec![task(1, 5, Phase::Running), task(2, 0, Phase::Waiting)]);
        assert_eq!(one.seconds_left(), Some(15.0));
        let two = of(vec![task(1, 5, Phase::Running), task(2, 1, Phase::Running)]);
        assert_eq!(two.seconds_left(), Some(9.0));
        assert_eq!(of(vec![task(1, 0, Phase::Running)]).seconds_left(), None, "nothing is recorded");
        assert_eq!(of(vec![task(1, 5, Phase::Waiting)]).seconds_left(), None, "nothing runs");
        assert_eq!((two.recorded(), two.runs(), two.number(Phase::Running)), (6, 20, 2));
    }
}
