use std::collections::BTreeMap;

use flatbench_records::protocol::Tier;
use flatbench_records::{FORMAT, Init, Measure, NUMERICS, Value};
use serde::Serialize;

use super::seeds::canonical_json;

/// Everything that decides what a run records, and nothing else: names of suites, cases and files are not in it.
#[derive(Serialize)]
pub(super) struct Identity<'a> {
    pub(super) family: &'a str,
    /// The content hash of a data file in place of its path.
    pub(super) parameters: &'a BTreeMap<String, Value>,
    pub(super) init: Init,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) init_scale: Option<f64>,
    /// Content hash of the given point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<&'a str>,
    pub(super) budget: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stop_at_loss: Option<f64>,
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    pub(super) crossings: &'a [f64],
    pub(super) instance_seed: u64,
    pub(super) init_seed: u64,
    pub(super) stream_seed: u64,
    pub(super) plugin_hash: &'a str,
    pub(super) hyperparameters: &'a BTreeMap<String, Value>,
    pub(super) tier: Tier,
    /// Not in the keys of runs of which nothing more is measured.
    #[serde(skip_serializing_if = "Measure::is_default")]
    pub(super) measure: &'a Measure,
}

impl Identity<'_> {
    /// 32 hexadecimal digits.
    pub(super) fn key(&self) -> String {
        #[derive(Serialize)]
        struct Versioned<'a, T> {
            format: u32,
            numerics: u32,
            run: &'a T,
        }
        let bytes = canonical_json(&Versioned { format: FORMAT, numerics: NUMERICS, run: self });
        blake3::hash(&bytes).to_hex().as_str()[..32].to_owned()
    }
}
