//! How much of what was planned is recorded.

use flatbench_records::{PlanSize, Planned, Split};

use crate::{Input, Source};

/// Runs of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Those with a record.
    pub recorded: usize,
    /// All of them.
    pub planned: usize,
}

impl Done {
    /// Records of another plan, such as that of a suite with more optimizers, make up for nothing.
    fn of<'a>(size: PlanSize, sources: impl Iterator<Item = &'a Source> + Clone) -> Self {
        let records = || sources.clone().flat_map(|source| &source.records);
        let of = |split| records().filter(|record| record.split == split).count();
        let recorded = of(Split::Tuning).min(size.tuning) + of(Split::Evaluation).min(size.evaluation);
        Done { recorded, planned: size.total() }
    }
}

impl Input {
    /// How much is recorded of the whole plan that the directories have parts of; `None` where none of them says what was planned.
    pub fn done(&self) -> Option<Done> {
        // Each may know less of the whole than another one.
        let whole = self.own().filter_map(planned).map(|planned| planned.whole).max_by_key(|size| size.total())?;
        Some(Done::of(whole, self.own()))
    }
}

impl Source {
    /// The same of what was to be done in this directory.
    pub fn done(&self) -> Option<Done> {
        planned(self).map(|planned| Done::of(own(planned), std::iter::once(self)))
    }
}

fn planned(source: &Source) -> Option<&Planned> {
    source.environment.as_ref()?.planned.as_ref()
}

/// Runs of a directory: all of them where others were joined in it.
fn own(planned: &Planned) -> PlanSize {
    let is_joined = planned.own.total() == 0 && planned.shard.is_none();
    if is_joined { planned.whole } else { planned.own }
}
