use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::INTERPOLATION;

use super::RunTrajectory;
use crate::study::{RECOVERED, Study};

/// What a run has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Loss at most [`INTERPOLATION`] of the loss at the start.
    Interpolate,
    /// Relative error at most [`RECOVERED`].
    Recover,
}

impl Target {
    pub(crate) const ALL: [Target; 2] = [Target::Interpolate, Target::Recover];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Interpolate => "interpolate",
            Target::Recover => "recover",
        }
    }

    pub(crate) fn meaning(self) -> String {
        match self {
            Target::Interpolate => format!("a training loss of at most {INTERPOLATION:e} of the loss at the start"),
            Target::Recover => format!("a relative error of at most {RECOVERED:e}"),
        }
    }

    /// Gradient equivalents at the first checkpoint that meets it.
    fn cost(self, trajectory: &RunTrajectory) -> Option<f64> {
        let first = trajectory.checkpoints.first()?.train_loss?;
        let met = trajectory.checkpoints.iter().find(|c| match self {
            Target::Interpolate => c.train_loss.is_some_and(|f| f <= INTERPOLATION * first),
            Target::Recover => c.relative_error.is_some_and(|e| e <= RECOVERED),
        })?;
        Some(met.gradient_equivalents.max(1.0)).filter(|c| c.is_finite())
    }
}

/// Performance profile (Dolan and Moré 2002): for each optimizer, the share of problems solved within a factor of the
/// least cost that any optimizer needed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Profile {
    pub(crate) target: Target,
    /// Problems that at least one optimizer solved.
    pub(crate) solvable: usize,
    /// Problems that were tried.
    pub(crate) problems: usize,
    /// By optimizer: the sorted factors of the solved problems.
    pub(crate) curves: Vec<(usize, Vec<f64>)>,
}

/// Profile over the problems (instances of panels) whose trajectories are known. `None` if no problem was solved.
pub(crate) fn profile(study: &Study, trajectories: &[RunTrajectory], target: Target) -> Option<Profile> {
    let mut costs: BTreeMap<_, BTreeMap<usize, Option<f64>>> = BTreeMap::new();
    for trajectory in trajectories.iter().filter(|c| !study.panels[c.run.panel].control) {
        costs.entry(trajectory.run.instance()).or_default().insert(trajectory.run.optimizer, target.cost(trajectory));
    }
    let problems = costs.len();
    let mut curves: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut solvable = 0;
    let entered: BTreeSet<usize> = trajectories.iter().map(|c| c.run.optimizer).collect();
    for optimizer in entered {
        curves.entry(optimizer).or_default();
    }
    for problem in costs.values() {
        let Some(best) = problem.values().flatten().copied().min_by(f64::total_cmp) else { continue };
        solvable += 1;
        for (optimizer, cost) in problem {
            if let Some(cost) = cost {
                curves.entry(*optimizer).or_default().push(cost / best);
            }
        }
    }
    for factors in curves.values_mut() {
        factors.sort_by(f64::total_cmp);
    }
    (solvable > 0).then(|| Profile { target, solvable, problems, curves: curves.into_iter().collect() })
}
