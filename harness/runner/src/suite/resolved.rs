use std::collections::BTreeMap;

use flatbench_records::{Init, Measure, Published, Value};
use serde::Serialize;

use super::given::Declared;
use super::model::{Setting, Settings, Suite, Tuning};

/// The suite as TOML that can be read again: every default filled in, data files by absolute path.
#[derive(Serialize)]
struct Resolved<'a> {
    name: &'a str,
    description: &'a str,
    seeds: u32,
    time_limit: f64,
    measuring_limit: f64,
    baseline: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tuning: Option<&'a Tuning>,
    #[serde(skip_serializing_if = "Measure::is_default")]
    measure: &'a Measure,
    case: Vec<ResolvedCase<'a>>,
    optimizer: Vec<ResolvedOptimizer<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    published: &'a [Published],
}

#[derive(Serialize)]
struct ResolvedCase<'a> {
    name: &'a str,
    family: &'a str,
    init: &'a [Init],
    #[serde(skip_serializing_if = "Option::is_none")]
    init_scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seeds: Option<u32>,
    budget: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_at_loss: Option<f64>,
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    crossings: &'a [f64],
    #[serde(flatten)]
    parameters: &'a BTreeMap<String, Value>,
    /// A table, which has to come last.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'a Declared>,
}

#[derive(Serialize)]
struct ResolvedOptimizer<'a> {
    name: &'a str,
    plugin: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    exhaustive: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    untuned: bool,
    settings: ResolvedSettings<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ResolvedSettings<'a> {
    Everywhere(&'a [Setting]),
    FromEachStart(BTreeMap<Init, &'a [Setting]>),
}

impl<'a> From<&'a Settings> for ResolvedSettings<'a> {
    fn from(settings: &'a Settings) -> Self {
        match settings.large == settings.small {
            true => ResolvedSettings::Everywhere(&settings.large),
            false => ResolvedSettings::FromEachStart(Init::STANDARD.map(|init| (init, settings.from(init))).into()),
        }
    }
}

impl Suite {
    /// The suite as it is run, in TOML: what `suite.toml` of a run directory contains.
    pub fn to_toml(&self) -> String {
        let resolved = Resolved {
            name: &self.name,
            description: &self.description,
            seeds: self.seeds,
            time_limit: self.time_limit,
            measuring_limit: self.measuring_limit,
            baseline: &self.baseline,
            tuning: self.tuning.as_ref(),
            measure: &self.measure,
            case: self
                .cases
                .iter()
                .map(|case| ResolvedCase {
                    name: &case.name,
                    family: &case.family,
                    init: &case.inits,
                    init_scale: case.init_scale,
                    seeds: case.seeds,
                    budget: case.budget,
                    stop_at_loss: case.stop_at_loss,
                    crossings: &case.crossings,
                    parameters: &case.declared,
                    start: case.start.as_ref().map(|start| &start.declared),
                })
                .collect(),
            optimizer: self
                .optimizers
                .iter()
                .map(|optimizer| ResolvedOptimizer {
                    name: &optimizer.name,
                    plugin: &optimizer.plugin,
                    exhaustive: optimizer.exhaustive,
                    untuned: optimizer.untuned,
                    settings: (&optimizer.settings).into(),
                })
                .collect(),
            published: &self.published,
        };
        #[expect(clippy::expect_used, reason = "names, numbers and tables, read from TOML")]
        let body = toml::to_string(&resolved).expect("names, numbers and tables have a TOML form");
        format!("# The suite as it was run, every default filled in. Written by flatbench.\n{body}")
    }
}
