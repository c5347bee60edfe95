use super::RunTrajectory;
use crate::study::{Run, positive};

/// What is left where a run stopped of the balancedness that it started with: 1 where it is conserved, as gradient flow does. `None`
/// where the start is balanced, and where there is nothing to balance.
pub(crate) fn balance_kept(run: &Run) -> Option<f64> {
    let result = &run.record.result;
    let start = result.start.as_ref()?.balancedness.filter(|b| positive(*b))?;
    let norm = result.start.as_ref()?.parameter_norm?;
    // Of a balanced start the rounding would be followed.
    if start <= 1e-9 * norm * norm {
        return None;
    }
    let end = result.iterate.as_ref()?.balancedness.filter(|b| b.is_finite())?;
    Some(end / start)
}

/// The same along a run: gradient equivalents and what is left.
pub(crate) fn balance_along(trajectory: &RunTrajectory) -> Option<Vec<(f64, f64)>> {
    balance_kept(&trajectory.run).filter(|_| trajectory.run.stopped())?;
    let start = trajectory.checkpoints.first()?.balancedness.filter(|b| positive(*b))?;
    let points: Vec<(f64, f64)> = trajectory
        .drawn()
        .into_iter()
        .filter_map(|c| Some((c.gradient_equivalents.max(1.0), c.balancedness.filter(|b| b.is_finite())? / start)))
        .collect();
    (points.len() >= 2).then_some(points)
}
