use flatbench_records::Checkpoint;

use super::RunTrajectory;
use super::ends::FOUND;
use crate::statistics::median;
use crate::study::positive;

/// When the leading singular values of a run were learned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Modes {
    /// For each in turn, full-gradient equivalents from which on it is above half of what it is at the end.
    pub(crate) times: Vec<f64>,
    /// Median over neighbours of how much later the next one is, t_{i+1} / t_i: 1 is together.
    pub(crate) ratio: f64,
    /// Median over neighbours of what the next one has of its end by then: 0 is one after another.
    pub(crate) share: f64,
}

/// Modes of a run; `None` where fewer than two were learned along the way: those that are above half of their end from the start on
/// are not.
pub(crate) fn modes(trajectory: &RunTrajectory) -> Option<Modes> {
    let rank = trajectory.run.record.dimensions.and_then(|d| d.rank).unwrap_or(usize::MAX);
    let checkpoints: Vec<&Checkpoint> =
        trajectory.checkpoints.iter().filter(|c| !c.singular_values.is_empty()).collect();
    let end = &checkpoints.last()?.singular_values;
    let found = end.iter().take(rank).take_while(|s| positive(**s) && **s > FOUND * end[0]).count();
    let learned: Vec<(usize, f64)> =
        (0..found).filter_map(|index| Some((index, half_time(&checkpoints, index, end[index] / 2.0)?))).collect();
    let neighbours: Vec<(f64, f64)> = learned
        .windows(2)
        .filter(|pair| pair[1].0 == pair[0].0 + 1)
        .map(|pair| (pair[1].1 / pair[0].1, value_at(&checkpoints, pair[1].0, pair[0].1) / end[pair[1].0]))
        .collect();
    let (ratios, shares): (Vec<f64>, Vec<f64>) = neighbours.into_iter().unzip();
    Some(Modes {
        ratio: median(&ratios)?,
        share: median(&shares)?,
        times: learned.into_iter().map(|(_, time)| time).collect(),
    })
}

/// When a singular value last rises through `half`; `None` where it is above it all along.
fn half_time(checkpoints: &[&Checkpoint], index: usize, half: f64) -> Option<f64> {
    let value = |c: &Checkpoint| c.singular_values.get(index).copied().unwrap_or(0.0);
    let below = checkpoints.iter().rposition(|c| value(c) < half)?;
    let (before, after) = (checkpoints[below], checkpoints.get(below + 1)?);
    // Modes grow exponentially: between two checkpoints the logarithm is taken for linear.
    let (low, high) = (value(before).max(f64::MIN_POSITIVE), value(after));
    let part = (half / low).ln() / (high / low).ln();
    let (from, to) = (before.gradient_equivalents, after.gradient_equivalents);
    Some(from + part.clamp(0.0, 1.0) * (to - from)).filter(|time| positive(*time))
}

/// A singular value when so much is spent, between checkpoints as [`half_time`] has it.
fn value_at(checkpoints: &[&Checkpoint], index: usize, time: f64) -> f64 {
    let value = |c: &Checkpoint| c.singular_values.get(index).copied().unwrap_or(0.0);
    let next = checkpoints.partition_point(|c| c.gradient_equivalents < time);
    let (Some(before), Some(after)) = (checkpoints.get(next.wrapping_sub(1)), checkpoints.get(next)) else {
        return checkpoints.first().map_or(0.0, |c| value(c));
    };
    let (from, to) = (before.gradient_equivalents, after.gradient_equivalents);
    let part = if to > from { (time - from) / (to - from) } else { 0.0 };
    let (low, high) = (value(before), value(after));
    if low > 0.0 && high > 0.0 { low * (high / low).powf(part) } else { low + part * (high - low) }
}
