use super::bundle::Bundle;
use crate::plan::filter::Filter;
use crate::plan::shard::Stage;
use crate::suite::{Suite, SuiteCase};

/// What a gradient equivalent costs beside its multiply-adds, in multiply-adds: steps of the optimizer, calls, checkpoints. From the
/// seconds in the records of the default suite.
const CALL: f64 = 10_000.0;
/// What measuring a run costs, and what drawing an instance with its references does, in gradient equivalents. From the same.
const ONCE: f64 = 500.0;
/// Above any cost that makes sense, and so low that no sum of them overflows.
const MOST: f64 = 1e24;

/// The runs of a case from one start: repetitions × optimizers × settings.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Place of (case, start) in the suite.
    pub(super) place: usize,
    pub(super) repetitions: usize,
    /// Repetitions of the tuning that evaluation runs need; 0 for none.
    pub(super) tuning_repetitions: usize,
    /// Those that the filter keeps.
    pub(super) optimizers: Vec<Runner>,
    /// Cost of a run.
    run: u128,
    /// Cost of drawing an instance.
    draw: u128,
}

/// An optimizer in a field.
#[derive(Clone, Debug)]
pub(super) struct Runner {
    /// Place in the suite.
    pub(super) place: usize,
    /// Settings that are run on each repetition.
    pub(super) settings: usize,
    /// Tuning runs of all its settings.
    pub(super) tuning: usize,
    /// Whether tuning has a choice.
    choice: bool,
}

impl Runner {
    /// Whether every bundle of its runs has to know what tuning chooses.
    pub(super) fn needs_tuning(&self) -> bool {
        self.choice && self.tuning > 0
    }

    /// Tuning runs that go with a bundle. Where there is nothing to choose, they go with the first repetition.
    pub(super) fn tuning_for(&self, bundle: &Bundle) -> usize {
        if goes_along(self.choice, bundle.repetitions.start) { self.tuning } else { 0 }
    }
}

/// Whether the tuning runs of an optimizer go with its evaluation runs from that repetition on.
pub(in crate::plan) fn goes_along(choice: bool, first_repetition: usize) -> bool {
    choice || first_repetition == 0
}

impl Field {
    pub(super) fn of<'a>(&'a self, bundle: &Bundle) -> impl Iterator<Item = &'a Runner> + use<'a> {
        self.optimizers.get(bundle.optimizers.clone()).into_iter().flatten()
    }

    /// Cost of so many runs on so many instances.
    pub(super) fn cost(&self, runs: usize, instances: usize) -> u128 {
        self.run * runs as u128 + self.draw * instances as u128
    }

    /// Tuning runs of all optimizers.
    pub(super) fn tuning(&self) -> usize {
        self.optimizers.iter().map(|optimizer| optimizer.tuning).sum()
    }

    fn new(
        suite: &Suite,
        filter: &Filter,
        stage: Stage,
        place: usize,
        case: &SuiteCase,
        init: flatbench_records::Init,
    ) -> Self {
        let tuning = suite.tuning().filter(|tuning| tuning.covers(case.name()));
        let tuning_repetitions = tuning.map_or(0, |tuning| tuning.seeds as usize);
        let (repetitions, with) = match stage {
            Stage::Tuning => (tuning_repetitions, 0),
            Stage::Both => (suite.repetitions(case) as usize, tuning_repetitions),
            Stage::Evaluation => (suite.repetitions(case) as usize, 0),
        };
        let kept = suite.optimizers().iter().enumerate();
        let kept = kept.filter(|(_, optimizer)| filter.keeps(optimizer.name(), case.family()));
        let optimizers = kept.map(|(place, optimizer)| {
            let all = optimizer.settings(init).len();
            let chosen = stage != Stage::Tuning && suite.tuning().is_some();
            Runner { place, settings: if chosen { 1 } else { all }, tuning: with * all, choice: all > 1 }
        });
        let one = case.work + CALL;
        let whole = |cost: f64| cost.clamp(1.0, MOST) as u128;
        Field {
            place,
            repetitions,
            tuning_repetitions: with,
            optimizers: optimizers.collect(),
            run: whole((case.budget + ONCE) * one),
            draw: whole(ONCE * one),
        }
    }

    /// Those of a suite that have runs, in its order.
    pub(super) fn all(suite: &Suite, filter: &Filter, stage: Stage) -> Vec<Field> {
        let places = suite.cases().iter().flat_map(|case| case.inits().iter().map(move |&init| (case, init)));
        let fields =
            places.enumerate().map(|(place, (case, init))| Field::new(suite, filter, stage, place, case, init));
        fields.filter(|field| field.repetitions > 0 && !field.optimizers.is_empty()).collect()
    }
}
