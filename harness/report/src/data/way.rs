use std::collections::BTreeMap;

use super::RunTrajectory;
use super::cells::{CellValue, cell_values};
use crate::study::{Run, Study, positive};

/// How far a run came, and on how long a way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Way {
    /// ‖w − w₀‖ where it stopped.
    pub(crate) distance: f64,
    /// Length of the way through its checkpoints: the way is no shorter.
    pub(crate) path: f64,
}

/// `None` where the run did not move, or its distances are not known.
pub(crate) fn way(trajectory: &RunTrajectory) -> Option<Way> {
    let last = trajectory.checkpoints.iter().rev().find(|c| c.distance.is_some())?;
    let (distance, path) = (last.distance?, last.path_length?);
    (positive(distance) && positive(path)).then_some(Way { distance, path })
}

/// How many times as far from the start as the nearest zero-loss point the limits of runs are, by optimizer and case.
pub(crate) fn beyond_nearest(study: &Study) -> Vec<CellValue> {
    let nearest = nearest_distances(study);
    cell_values(study.compared(), |run| over_nearest(run, &nearest))
}

/// Distance of the nearest zero-loss point from the start, by instance and start: the nearest that was found from the end of any run there.
pub(crate) fn nearest_distances(study: &Study) -> BTreeMap<(usize, u64, u32), f64> {
    let found = |run: &Run| {
        let start_loss = run.record.result.start.as_ref()?.train_loss?;
        run.record.result.nearest.filter(|nearest| nearest.is_found(start_loss) && positive(nearest.distance))
    };
    let mut nearest: BTreeMap<_, f64> = BTreeMap::new();
    for run in &study.runs {
        if let Some(point) = found(run) {
            let least = nearest.entry(run.instance()).or_insert(f64::INFINITY);
            *least = least.min(point.distance);
        }
    }
    nearest
}

/// Distance of the limit of a run from its start, over that of the nearest zero-loss point.
pub(crate) fn over_nearest(run: &Run, nearest: &BTreeMap<(usize, u64, u32), f64>) -> Option<f64> {
    Some(run.record.result.nearest?.limit_distance / nearest.get(&run.instance())?)
}
