use std::collections::BTreeMap;

use flatbench_records::protocol::Tier;
use flatbench_records::{FORMAT, Init, Measure, NUMERICS, Split, Value};
use serde::Serialize;

use super::seeds::canonical_json;
use super::{Filter, Plan};
use crate::suite::{GivenStart, Tuning};

/// All that the runs of a plan and the suite.toml of their directories come from, data files by their content.
#[derive(Serialize)]
struct Whole<'a> {
    versions: [u32; 2],
    suite: (&'a str, &'a str, &'a str),
    limits: [f64; 2],
    tuning: Option<&'a Tuning>,
    cases: Vec<OfCase<'a>>,
    optimizers: Vec<OfOptimizer<'a>>,
    tier: Tier,
    #[serde(skip_serializing_if = "Measure::is_default")]
    measure: &'a Measure,
    filter: (&'a [String], &'a [String], Split),
    parts: usize,
}

#[derive(Serialize)]
struct OfCase<'a> {
    name: &'a str,
    family: &'a str,
    identity: &'a BTreeMap<String, Value>,
    inits: &'a [Init],
    #[serde(skip_serializing_if = "Option::is_none")]
    init_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Vec<(u64, &'a str)>>,
    repetitions: u32,
    budget: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_at_loss: Option<f64>,
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    crossings: &'a [f64],
}

#[derive(Serialize)]
struct OfOptimizer<'a> {
    name: &'a str,
    plugin_hash: Option<&'a str>,
    settings: [&'a [BTreeMap<String, Value>]; 2],
}

impl Plan<'_> {
    /// Content hash of what `filter` keeps of the plan and of how it is divided, 32 hexadecimal digits: processes with the same one
    /// mean the same parts.
    pub fn digest(&self, filter: &Filter, parts: usize) -> String {
        let suite = self.suite;
        let (optimizers, families) = filter.names();
        let whole = Whole {
            versions: [FORMAT, NUMERICS],
            suite: (&suite.name, &suite.description, &suite.baseline),
            limits: [suite.time_limit, suite.measuring_limit],
            tuning: suite.tuning(),
            cases: (suite.cases.iter())
                .map(|case| OfCase {
                    name: &case.name,
                    family: &case.family,
                    identity: &case.identity,
                    inits: &case.inits,
                    init_scale: case.init_scale,
                    start: case.start.as_ref().map(GivenStart::hashes),
                    repetitions: suite.repetitions(case),
                    budget: case.budget,
                    stop_at_loss: case.stop_at_loss,
                    crossings: &case.crossings,
                })
                .collect(),
            optimizers: (suite.optimizers.iter())
                .map(|optimizer| OfOptimizer {
                    name: &optimizer.name,
                    plugin_hash: (self.plugins.iter())
                        .find(|plugin| plugin.description.name == optimizer.plugin)
                        .map(|plugin| plugin.hash.as_str()),
                    settings: Init::STANDARD.map(|init| optimizer.settings(init)),
                })
                .collect(),
            tier: self.tier,
            measure: &suite.measure,
            filter: (optimizers, families, filter.stage().split()),
            parts,
        };
        blake3::hash(&canonical_json(&whole)).to_hex().as_str()[..32].to_owned()
    }
}
