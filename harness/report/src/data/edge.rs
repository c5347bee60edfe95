use flatbench_records::{Record, Unit, Value};

use super::RunTrajectory;
use crate::study::{Run, positive};

/// η λ_max / 2 between which a run is at the edge of stability.
pub(crate) const AT_EDGE: [f64; 2] = [0.95, 1.1];

/// Name of a step size, in settings and in what optimizers report.
const STEP_SIZE: &str = "step_size";

/// η λ_max / 2 along a run: 1 is where gradient descent with step size η leaves a quadratic function.
#[derive(Clone, Debug)]
pub(crate) struct Edge<'a> {
    pub(crate) run: Run<'a>,
    /// Steps and values, of two checkpoints at least.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Step size when so much is spent: what the optimizer reports, or else its setting where that is one of a gradient, which is to say
/// in units of 1/λ_max.
fn step_size(record: &Record, reported: Option<f64>, spent: f64) -> Option<f64> {
    let set = || {
        let given = record.hyperparameters.get(STEP_SIZE)?.as_schedule()?;
        let absolute = match given.unit {
            Unit::InverseLambdaMax => record.result.resolved.get(STEP_SIZE).and_then(Value::as_schedule)?,
            Unit::Absolute => return None,
        };
        Some(absolute.at(spent / record.budget))
    };
    reported.or_else(set).filter(|step| positive(*step))
}

/// The runs along which λ_max was measured.
pub(crate) fn edges<'a>(trajectories: &[RunTrajectory<'a>]) -> Vec<Edge<'a>> {
    let edge = |trajectory: &RunTrajectory<'a>| {
        let value = |c: &flatbench_records::Checkpoint| {
            let step = step_size(trajectory.run.record, c.reported.get(STEP_SIZE).copied(), c.gradient_equivalents)?;
            Some((c.step as f64, step * c.lambda_max? / 2.0)).filter(|(_, value)| positive(*value))
        };
        let points: Vec<(f64, f64)> = trajectory.checkpoints.iter().filter_map(value).collect();
        (points.len() >= 2).then_some(Edge { run: trajectory.run, points })
    };
    trajectories.iter().filter_map(edge).collect()
}

/// η λ_max / 2 where a run stopped, by its setting.
pub(crate) fn edge_at_end(run: &Run) -> Option<f64> {
    let step = step_size(run.record, None, run.record.result.gradient_equivalents)?;
    Some(step * run.record.result.iterate.as_ref()?.lambda_max? / 2.0).filter(|value| positive(*value))
}

/// How long a run was at the edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stay {
    /// Share of its steps.
    pub(crate) share: f64,
    /// Least and largest value there; of all its values where it never was there.
    pub(crate) range: (f64, f64),
}

impl Edge<'_> {
    /// A checkpoint stands for the steps up to the next one.
    pub(crate) fn stay(&self) -> Stay {
        let at = |value: f64| (AT_EDGE[0]..=AT_EDGE[1]).contains(&value);
        let all = self.points.last().map_or(0.0, |last| last.0) - self.points.first().map_or(0.0, |first| first.0);
        let there: f64 = self.points.windows(2).filter(|pair| at(pair[0].1)).map(|pair| pair[1].0 - pair[0].0).sum();
        let counted = |(_, value): &&(f64, f64)| there == 0.0 || at(*value);
        let range = self
            .points
            .iter()
            .filter(counted)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), (_, value)| (low.min(*value), high.max(*value)));
        Stay { share: if all > 0.0 { there / all } else { 0.0 }, range }
    }
}
