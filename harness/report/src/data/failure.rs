use flatbench_records::{Outcome, Termination};

use crate::study::{Run, Study};

/// A run that did not complete, or ended without a usable point.
#[derive(Clone, Copy)]
pub(crate) struct Failure<'a> {
    pub(crate) run: Run<'a>,
    /// In one word: outcome, or termination.
    pub(crate) what: &'static str,
    pub(crate) why: Option<&'a str>,
}

/// Failures, skips and divergences of all runs, tuning included, in the order of the report, as far as there is room; and how many there
/// are.
pub(crate) fn failures<'a>(study: &Study<'a>, room: usize) -> (Vec<Failure<'a>>, usize) {
    let shown = super::shown(study, room, |run| failure(run).is_some());
    let all = || study.runs.iter().zip(&shown).filter_map(|(run, shown)| Some((failure(run)?, *shown)));
    (all().filter(|(_, shown)| *shown).map(|(failure, _)| failure).collect(), all().count())
}

/// What a run failed of, if it did.
fn failure<'a>(run: &Run<'a>) -> Option<Failure<'a>> {
    let record = run.record;
    let what = match (record.result.outcome, record.result.termination) {
        (Outcome::Completed, Some(end @ Termination::Diverged)) => end.name(),
        (Outcome::Completed, _) => return None,
        (outcome, _) => outcome.name(),
    };
    Some(Failure { run: *run, what, why: record.result.outcome_detail.as_deref() })
}
