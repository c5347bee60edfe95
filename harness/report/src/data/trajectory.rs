use std::collections::BTreeMap;

use flatbench_records::{Checkpoint, INTERPOLATION, Outcome};

use crate::Input;
use crate::study::{Measure, Panel, Run, Study, positive};

/// Trajectories that are read and drawn. More would neither fit a page nor be told apart in a figure.
const MOST: usize = 1200;

/// Trajectories per optimizer and panel that are drawn: fewer, the more there are of both, so that a page stays light.
pub(crate) fn drawn_per_cell(trajectories: &[RunTrajectory]) -> usize {
    let cells = trajectories.chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer)).count();
    match cells {
        0..=50 => 3,
        51..=150 => 2,
        _ => 1,
    }
}

/// What is followed along a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    Loss,
    Trace,
    Error,
}

impl Quantity {
    pub(crate) const ALL: [Quantity; 3] = [Quantity::Loss, Quantity::Trace, Quantity::Error];

    /// What is followed on a panel.
    pub(crate) fn name(self, panel: &Panel) -> &'static str {
        match self {
            Quantity::Loss => "training loss",
            Quantity::Trace => panel.measure.name(),
            Quantity::Error => "relative error",
        }
    }

    /// Heading of its figures.
    pub(crate) fn heading(self, study: &Study) -> &'static str {
        match self {
            Quantity::Loss => "Training loss",
            Quantity::Trace if study.panels.iter().any(|panel| panel.measure == Measure::Excess) => "Excess flatness",
            Quantity::Trace => "tr H",
            Quantity::Error => "Relative error",
        }
    }

    /// Word for ids and file names.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Quantity::Loss => "loss",
            Quantity::Trace => "trace",
            Quantity::Error => "error",
        }
    }

    /// Below this a logarithmic axis shows nothing more, of runs that start at `start`. An iterate off zero loss may be far flatter than
    /// every minimum, which says nothing and would flatten all the rest.
    pub(crate) fn floor(self, panel: &Panel, start: f64) -> f64 {
        match self {
            Quantity::Loss => 1e-20,
            Quantity::Trace if panel.measure == Measure::Excess => 0.1,
            Quantity::Trace => 1e-3 * start,
            Quantity::Error => 1e-8,
        }
    }

    /// What its numbers are divided by along a run: the trace of the flattest minimum, where tr H is told as excess flatness.
    pub(crate) fn unit(self, run: &Run, panel: &Panel) -> Option<f64> {
        match (self, panel.measure) {
            (Quantity::Trace, Measure::Excess) => {
                run.record.result.reference.flat.as_ref().map(|flat| flat.hessian_trace).filter(|unit| positive(*unit))
            }
            _ => Some(1.0),
        }
    }

    pub(crate) fn of(self, checkpoint: &Checkpoint) -> Option<f64> {
        let value = match self {
            Quantity::Loss => checkpoint.train_loss,
            Quantity::Trace => checkpoint.hessian_trace,
            Quantity::Error => checkpoint.relative_error,
        };
        value.filter(|v| v.is_finite() && *v >= 0.0)
    }
}

/// A run and its trajectory.
#[derive(Clone, Copy)]
pub(crate) struct RunTrajectory<'a> {
    pub(crate) run: Run<'a>,
    pub(crate) checkpoints: &'a [Checkpoint],
}

/// A point along a run that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    pub(crate) gradient_equivalents: f64,
    pub(crate) value: f64,
    /// Whether the loss was at most [`INTERPOLATION`] of its start: then tr H is near that of a minimum.
    pub(crate) interpolates: bool,
}

/// Checkpoints of a trajectory that are drawn.
const POINTS: usize = 48;

impl<'a> RunTrajectory<'a> {
    /// At most 48 checkpoints, first and last among them, evenly spread in their order.
    pub(crate) fn drawn(&self) -> Vec<&'a Checkpoint> {
        let n = self.checkpoints.len();
        if n <= POINTS {
            return self.checkpoints.iter().collect();
        }
        (0..POINTS).map(|i| &self.checkpoints[i * (n - 1) / (POINTS - 1)]).collect()
    }

    /// `quantity` at those where it is known, in the unit of the panel.
    pub(crate) fn moments(&self, quantity: Quantity, panel: &Panel) -> Vec<Moment> {
        let Some(unit) = quantity.unit(&self.run, panel) else { return Vec::new() };
        let start_loss = self.checkpoints.first().and_then(|c| c.train_loss);
        let moment = |c: &Checkpoint| {
            Some(Moment {
                gradient_equivalents: c.gradient_equivalents,
                value: quantity.of(c)? / unit,
                interpolates: c.train_loss.zip(start_loss).is_some_and(|(loss, start)| loss <= INTERPOLATION * start),
            })
        };
        self.drawn().into_iter().filter_map(moment).collect()
    }
}

/// Runs whose trajectory the report shows: the first ones of every optimizer on every panel, as many as fit.
pub(crate) fn wanted_trajectories<'s, 'a>(study: &'s Study<'a>) -> Vec<&'s Run<'a>> {
    let mut place: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut runs: Vec<(usize, &Run)> = study
        .compared()
        .filter(|r| r.record.result.outcome != Outcome::Skipped && r.record.result.outcome != Outcome::LoadFailed)
        .map(|run| {
            let nth = place.entry((run.panel, run.optimizer)).or_default();
            *nth += 1;
            (*nth, run)
        })
        .collect();
    // First ones of all cells before second ones of any.
    runs.sort_by_key(|(nth, _)| *nth);
    runs.truncate(MOST);
    runs.into_iter().map(|(_, run)| run).collect()
}

/// Trajectories that were read, in the order of the report.
pub(crate) fn trajectories<'a>(study: &Study<'a>, input: &'a Input) -> Vec<RunTrajectory<'a>> {
    let mut trajectories: Vec<RunTrajectory> = wanted_trajectories(study)
        .into_iter()
        .filter_map(|run| {
            let checkpoints = input.trajectories.get(&run.record.key)?.checkpoints.as_slice();
            (!checkpoints.is_empty()).then_some(RunTrajectory { run: *run, checkpoints })
        })
        .collect();
    trajectories.sort_by_key(|c| (c.run.panel, c.run.optimizer));
    trajectories
}
