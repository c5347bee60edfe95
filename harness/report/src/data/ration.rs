//! Which runs are shown one by one, where there is no room for all. Every number is made from all of them.

use std::collections::BTreeMap;

use crate::study::{Run, Study};

/// Runs that have a row of their own.
pub(crate) const ROWS: usize = 10_000;

/// Runs that have a point in figures.
pub(crate) const POINTS: usize = 10_000;

/// Failures that are listed.
pub(crate) const FAILURES: usize = 2000;

/// For each run of a study whether it is shown: all where there is `room`, else the first ones of every optimizer on every panel, first
/// ones of all before second ones of any, and those that are compared before others. Which of two amounts of room is larger shows all
/// that the smaller one does.
pub(crate) fn shown(study: &Study, room: usize, is_meant: impl Fn(&Run) -> bool) -> Vec<bool> {
    let mut nth: BTreeMap<(usize, usize, bool), usize> = BTreeMap::new();
    let mut order: Vec<(bool, usize, usize)> = Vec::new();
    for (place, run) in study.runs.iter().enumerate().filter(|(_, run)| is_meant(run)) {
        let nth = nth.entry((run.panel, run.optimizer, run.compared)).or_default();
        order.push((!run.compared, *nth, place));
        *nth += 1;
    }
    let mut shown = vec![false; study.runs.len()];
    if order.len() > room {
        order.sort_unstable();
        order.truncate(room);
    }
    for (_, _, place) in order {
        shown[place] = true;
    }
    shown
}
