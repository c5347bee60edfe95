use std::collections::BTreeMap;

use flatbench_records::{Split, Value};
use serde::Serialize;

/// Seeds are whole numbers below 2^53, which every reader of JSON keeps exact.
const BITS: u32 = 53;

/// What an instance is drawn from. The optimizer is not among it: every optimizer meets the same instance. Nor is the
/// starting regime: small starts are the large ones scaled, on the same truth and measurements.
#[derive(Clone, Copy, Serialize)]
pub(super) struct InstanceAxes<'a> {
    pub(super) suite: &'a str,
    pub(super) family: &'a str,
    pub(super) parameters: &'a BTreeMap<String, Value>,
    pub(super) split: Split,
    pub(super) repetition: u32,
}

impl InstanceAxes<'_> {
    /// Seed of truth and measurements.
    pub(super) fn instance_seed(&self) -> u64 {
        seed("instance", self)
    }

    /// Seed of the starting point.
    pub(super) fn init_seed(&self) -> u64 {
        seed("init", self)
    }

    /// Seed of the random stream given to one optimizer with one setting.
    pub(super) fn stream_seed(&self, init: &str, optimizer: &str, setting: &BTreeMap<String, Value>) -> u64 {
        #[derive(Serialize)]
        struct StreamAxes<'a, T> {
            instance: T,
            init: &'a str,
            optimizer: &'a str,
            setting: &'a BTreeMap<String, Value>,
        }
        seed("stream", &StreamAxes { instance: self, init, optimizer, setting })
    }
}

/// A seed for a purpose, from named axes: equal axes give equal seeds, and no two purposes share a stream.
fn seed(purpose: &str, axes: &impl Serialize) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("flatbench seed {purpose}\n").as_bytes());
    hasher.update(&canonical_json(axes));
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes) >> (64 - BITS)
}

/// JSON whose bytes depend on the content alone: structures in the order of their fields, maps sorted.
#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
pub(super) fn canonical_json(data: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(data).expect("plain data with text keys has a JSON form")
}
