//! Trajectories as data for the script: other x axes, other scales, values to download.

use std::collections::BTreeMap;

use flatbench_records::Checkpoint;
use serde::{Serialize, Serializer};

use crate::data::{self, Quantity, RunTrajectory};

/// Codes per factor of ten: three digits, more than a screen shows.
const PER_DECADE: f64 = 1000.0;

#[derive(Serialize)]
struct Curve {
    /// Gradient equivalents.
    g: Spent,
    /// Steps, each as the difference to the one before it.
    n: Vec<u64>,
    /// Seconds, and the values.
    t: Vec<Code>,
    loss: Vec<Code>,
    trace: Vec<Code>,
    error: Vec<Code>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    s: Vec<Vec<Code>>,
}

/// Gradient equivalents: so many per step where every step costs the same, which is the rule.
#[derive(Serialize)]
#[serde(untagged)]
enum Spent {
    PerStep(f64),
    Along(Vec<Code>),
}

/// A non-negative number in a list: its logarithm in steps of a thousandth of a decade, as the difference to the last
/// one before it. Curves are smooth, so most codes have one or two digits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Code {
    Missing,
    Zero,
    Change(i64),
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Code::Missing => serializer.serialize_none(),
            Code::Zero => serializer.serialize_bool(false),
            Code::Change(change) => serializer.serialize_i64(*change),
        }
    }
}

fn codes(values: impl IntoIterator<Item = Option<f64>>) -> Vec<Code> {
    let mut last = 0;
    let code = |value: Option<f64>| match value {
        Some(0.0) => Code::Zero,
        Some(v) if v.is_finite() && v > 0.0 => {
            let place = (v.log10() * PER_DECADE).round() as i64;
            let change = place - last;
            last = place;
            Code::Change(change)
        }
        _ => Code::Missing,
    };
    values.into_iter().map(code).collect()
}

fn spent(checkpoints: &[&Checkpoint]) -> Spent {
    let per_step = checkpoints.last().map(|c| c.gradient_equivalents / c.step as f64).filter(|p| p.is_finite());
    let same = |per_step: &f64| {
        checkpoints.iter().all(|c| {
            (c.gradient_equivalents - per_step * c.step as f64).abs() <= 1e-9 * c.gradient_equivalents.abs().max(1.0)
        })
    };
    per_step
        .filter(same)
        .map_or_else(|| Spent::Along(codes(checkpoints.iter().map(|c| Some(c.gradient_equivalents)))), Spent::PerStep)
}

/// JSON of the drawn trajectories by key, safe inside a script element.
pub(super) fn island(trajectories: &[RunTrajectory]) -> String {
    let mut curves: BTreeMap<&str, Curve> = BTreeMap::new();
    let drawn = data::drawn_per_cell(trajectories);
    let cells = trajectories.chunk_by(|a, b| (a.run.panel, a.run.optimizer) == (b.run.panel, b.run.optimizer));
    for cell in cells {
        for (index, trajectory) in cell.iter().take(drawn).enumerate() {
            let checkpoints = trajectory.drawn();
            let all = |of: &dyn Fn(&Checkpoint) -> Option<f64>| codes(checkpoints.iter().map(|c| of(c)));
            let longest = checkpoints.iter().map(|c| c.singular_values.len()).max().unwrap_or(0);
            let most = longest.min(crate::figures::drawn_singular_values(trajectory));
            let steps = checkpoints.iter().map(|c| c.step);
            let before = std::iter::once(0).chain(steps.clone());
            let curve = Curve {
                g: spent(&checkpoints),
                n: steps.zip(before).map(|(step, before)| step.saturating_sub(before)).collect(),
                t: all(&|c| Some(c.seconds)),
                loss: all(&|c| Quantity::Loss.of(c)),
                trace: all(&|c| Quantity::Trace.of(c)),
                error: all(&|c| Quantity::Error.of(c)),
                // Singular values are drawn of the first run only.
                s: (0..if index == 0 { most } else { 0 })
                    .map(|i| all(&|c| c.singular_values.get(i).copied()))
                    .collect(),
            };
            curves.insert(&trajectory.run.record.key, curve);
        }
    }
    let json = serde_json::to_string(&curves).unwrap_or_else(|_| "{}".to_owned());
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the script makes of codes.
    fn decoded(codes: &[Code]) -> Vec<Option<f64>> {
        let mut at = 0;
        let value = |code: &Code| match code {
            Code::Missing => None,
            Code::Zero => Some(0.0),
            Code::Change(change) => {
                at += change;
                Some(10f64.powf(at as f64 / PER_DECADE))
            }
        };
        codes.iter().map(value).collect()
    }

    #[test]
    fn codes_carry_three_digits() {
        let values = [Some(1.0), Some(0.873), None, Some(0.0), Some(7.2e-31), Some(14_454.0), Some(f64::NAN)];
        let back = decoded(&codes(values));
        for (value, back) in values.iter().zip(&back) {
            match value.filter(|v| v.is_finite()) {
                None => assert_eq!(*back, None),
                Some(value) => assert!((back.expect("it was there") - value).abs() <= 1.2e-3 * value),
            }
        }
    }
}
