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

/// Failures, skips and divergences of all runs, tuning included, in the order of the report.
pub(crate) fn failures<'a>(study: &Study<'a>) -> Vec<Failure<'a>> {
    study
        .runs
        .iter()
        .filter_map(|run| {
            let record = run.record;
            let what = match (record.result.outcome, record.result.termination) {
                (Outcome::Completed, Some(end @ Termination::Diverged)) => end.name(),
                (Outcome::Completed, _) => return None,
                (outcome, _) => outcome.name(),
            };
            Some(Failure { run: *run, what, why: record.result.outcome_detail.as_deref() })
        })
        .collect()
}
