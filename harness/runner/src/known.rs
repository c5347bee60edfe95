//! Runs that are recorded in other run directories.

use std::sync::Arc;

use crate::plan::PlannedRun;
use crate::store::Elsewhere;

/// How many runs are recorded elsewhere, and those that are not.
pub(crate) fn known_and_missing(runs: &[PlannedRun], elsewhere: &[Arc<Elsewhere>]) -> (usize, Vec<PlannedRun>) {
    let missing: Vec<PlannedRun> = runs.iter().filter(|run| place_of(&run.key, elsewhere).is_none()).cloned().collect();
    (runs.len() - missing.len(), missing)
}

/// Where a run is recorded elsewhere.
pub(crate) fn place_of<'a>(key: &str, elsewhere: &'a [Arc<Elsewhere>]) -> Option<&'a Elsewhere> {
    elsewhere.iter().find(|elsewhere| elsewhere.record(key).is_some()).map(Arc::as_ref)
}
