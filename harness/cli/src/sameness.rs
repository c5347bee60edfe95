//! Whether two runs gave the same numbers: every bit of every field, timings aside.

use std::borrow::Cow;

use flatbench_records::{Limit, Metrics, OracleCalls, Outcome, Record, RunResult, Termination, Trajectory};
use serde::Serialize;
use serde_json::Value;

/// Fields that differ between equal runs.
const TIMINGS: [&str; 4] = ["optimizer_seconds", "measurement_seconds", "reference_seconds", "seconds"];

/// A metric that records of this version were without before it was thought of. It says again what `test_loss` says of the same
/// predictions, so that nothing is missed where one side lacks it.
const NEWER: &str = "test_rmse";

/// Differences between what came of a run and what comes of it now, one line each.
pub fn of_result(was: &RunResult, is: &RunResult) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &json(was), &json(is), &mut found);
    found
}

/// Differences between two trajectories of a run.
pub fn of_trajectory(was: &Trajectory, is: &Trajectory) -> Vec<String> {
    let mut found = Vec::new();
    compare("checkpoints", &json(&was.checkpoints), &json(&is.checkpoints), &mut found);
    found
}

/// What has to be the same in two records of one key: what the optimizer did, and where it ended.
#[derive(Serialize)]
struct Same<'a> {
    outcome: Outcome,
    termination: Option<Termination>,
    oracle_calls: &'a OracleCalls,
    gradient_equivalents: f64,
    steps: u64,
    iterate: Option<&'a Metrics>,
    limit: Option<&'a Limit>,
    start: Option<&'a Metrics>,
}

impl<'a> From<&'a Record> for Same<'a> {
    fn from(record: &'a Record) -> Self {
        let result = &record.result;
        Same {
            outcome: result.outcome,
            termination: result.termination,
            oracle_calls: &result.oracle_calls,
            gradient_equivalents: result.gradient_equivalents,
            steps: result.steps,
            iterate: result.iterate.as_ref(),
            limit: result.limit.as_ref(),
            start: result.start.as_ref(),
        }
    }
}

/// The record without what older ones lack.
fn comparable(record: &Record) -> Cow<'_, Record> {
    let result = &record.result;
    let points = result.start.iter().chain(&result.iterate).chain(result.limit.iter().map(|limit| &limit.metrics));
    if points.into_iter().all(|metrics| metrics.test_rmse.is_none()) {
        return Cow::Borrowed(record);
    }
    let mut record = record.clone();
    let result = &mut record.result;
    let limit = result.limit.iter_mut().map(|limit| &mut limit.metrics);
    result.start.iter_mut().chain(&mut result.iterate).chain(limit).for_each(|metrics| metrics.test_rmse = None);
    Cow::Owned(record)
}

/// Differences between the results of two records.
pub fn of_records(a: &Record, b: &Record) -> Vec<String> {
    let mut found = Vec::new();
    compare("", &json(&Same::from(&*comparable(a))), &json(&Same::from(&*comparable(b))), &mut found);
    found
}

/// What two records have in common exactly where [`of_records`] finds no difference.
pub type Digest = [u8; 16];

/// The digest of a record.
#[expect(clippy::expect_used, reason = "plain data has a JSON form, and a hash takes all of it")]
pub fn digest(record: &Record) -> Digest {
    let mut hasher = blake3::Hasher::new();
    // No time is in it. JSON tells all bits of a number.
    serde_json::to_writer(&mut hasher, &Same::from(&*comparable(record))).expect("records have a JSON form");
    let mut digest = Digest::default();
    hasher.finalize_xof().fill(&mut digest);
    digest
}

/// A digest of what a reader takes for one run: two records with the same one and different keys were made in different ways.
#[expect(clippy::expect_used, reason = "plain data has a JSON form, and a hash takes all of it")]
pub fn place(record: &Record) -> u64 {
    let Record { case, init, split, repetition, optimizer, plugin_hash, hyperparameters, .. } = record;
    let mut hasher = blake3::Hasher::new();
    let place = (case, init, split, repetition, optimizer, plugin_hash, hyperparameters);
    serde_json::to_writer(&mut hasher, &place).expect("records have a JSON form");
    let mut digest = [0; 8];
    hasher.finalize_xof().fill(&mut digest);
    u64::from_le_bytes(digest)
}

#[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
fn json(data: &impl Serialize) -> Value {
    serde_json::to_value(data).expect("records have a JSON form")
}

fn compare(path: &str, was: &Value, is: &Value, found: &mut Vec<String>) {
    let name = path.rsplit('.').next().unwrap_or(path);
    if TIMINGS.contains(&name) || (name == NEWER && was.is_null()) {
        return;
    }
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            for name in names {
                let none = Value::Null;
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), a, b, found);
            }
        }
        // As text, because 0 and −0 are equal numbers and different bits.
        (was, is) => {
            let (was, is) = (was.to_string(), is.to_string());
            if was != is {
                found.push(format!("{path}: {was} recorded, {is} now"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(was: &str, is: &str) -> Vec<String> {
        let mut found = Vec::new();
        let parse = |text| serde_json::from_str::<Value>(text).expect("JSON");
        compare("x", &parse(was), &parse(is), &mut found);
        found
    }

    #[test]
    fn every_bit_counts_and_timings_do_not() {
        assert_eq!(differences("0.1", "0.1"), [] as [&str; 0]);
        assert_eq!(differences("0.1", "0.10000000000000002").len(), 1);
        assert_eq!(differences("0.0", "-0.0").len(), 1);
        assert_eq!(differences(r#"{"seconds": 1.0, "a": [1, 2]}"#, r#"{"seconds": 2.0, "a": [1, 3]}"#).len(), 1);
        assert_eq!(differences(r#"{"a": null}"#, r#"{"a": 1.5}"#), ["x.a: null recorded, 1.5 now"]);
    }

    #[test]
    fn what_older_records_lack_is_no_difference_and_what_they_have_is() {
        assert_eq!(differences(r#"{"test_rmse": null}"#, r#"{"test_rmse": 3.5}"#), [] as [&str; 0]);
        assert_eq!(differences(r#"{"test_rmse": 3.5}"#, r#"{"test_rmse": 3.6}"#).len(), 1);
        assert_eq!(differences(r#"{"test_rmse": 3.5}"#, r#"{"test_rmse": null}"#).len(), 1);
        let all = include_str!("../../../reports/reference/records.jsonl").lines();
        let old: Record =
            all.map(|line| serde_json::from_str(line).expect("it is committed")).next().expect("a record");
        let mut new = old.clone();
        new.result.start.as_mut().expect("it was measured").test_rmse = Some(3.5);
        assert!(of_records(&old, &new).is_empty() && digest(&old) == digest(&new));
        new.result.start.as_mut().expect("it was measured").test_loss = Some(3.5);
        assert!(!of_records(&old, &new).is_empty() && digest(&old) != digest(&new));
    }
}
