use flatbench_records::protocol::{Job, Tier, VERSION};
use flatbench_records::{Case, Given, Init, Measure, Split};

use super::seeds::InstanceAxes;
use crate::suite::{Suite, SuiteCase};

/// One draw of a case: what all runs of a repetition share, whatever the optimizer.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Case with starting regime and budget.
    pub case: Case,
    /// What the repetition is for.
    pub split: Split,
    /// Which draw of the case.
    pub repetition: u32,
    /// Seed of truth and measurements.
    pub instance_seed: u64,
    /// Seed of the starting point.
    pub init_seed: u64,
    /// Where runs start, in the place of a draw.
    pub given: Option<Given>,
}

impl Draw {
    /// The draw that runs of this repetition meet.
    pub fn new(suite: &Suite, case: &SuiteCase, init: Init, split: Split, repetition: u32) -> Self {
        let axes =
            InstanceAxes { suite: &suite.name, family: &case.family, parameters: &case.identity, split, repetition };
        let (instance_seed, init_seed) = (axes.instance_seed(), axes.init_seed());
        let given = case.start_at(instance_seed).filter(|_| init == Init::Given);
        Draw { case: case.case(init), split, repetition, instance_seed, init_seed, given }
    }

    /// A job without runs.
    pub fn job(&self, suite: &Suite) -> Job {
        Job {
            version: VERSION,
            id: 0,
            token: String::new(),
            case: self.case.clone(),
            instance_seed: self.instance_seed,
            init_seed: self.init_seed,
            given: self.given.clone(),
            data_root: suite.data_root().to_owned(),
            data: None,
            tier: Tier::Cheap,
            measure: Measure::default(),
            references: None,
            measuring_limit: suite.measuring_limit(),
            sparing: None,
            keep_parameters: false,
            runs: Vec::new(),
        }
    }
}
