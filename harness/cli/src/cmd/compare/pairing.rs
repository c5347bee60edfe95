use std::collections::BTreeMap;

use flatbench_records::{Init, Metrics, Outcome, Record, RunResult, Split};

/// What makes two records the same run of two directories: names, not content hashes, so that a changed plugin or harness
/// is compared with itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub case: String,
    pub init: Init,
    pub optimizer: String,
    /// Hyper-parameters as JSON.
    pub setting: String,
    pub split: Split,
    pub repetition: u32,
}

impl Place {
    #[expect(clippy::expect_used, reason = "plain data, whose maps have text for keys: JSON can say all of it")]
    fn of(record: &Record) -> Self {
        Place {
            case: record.case.clone(),
            init: record.init,
            optimizer: record.optimizer.clone(),
            setting: serde_json::to_string(&record.hyperparameters).expect("hyper-parameters have a JSON form"),
            split: record.split,
            repetition: record.repetition,
        }
    }

    /// In words.
    pub fn label(&self) -> String {
        let split = if self.split == Split::Tuning { " (tuning)" } else { "" };
        let Place { case, init, optimizer, setting, repetition, .. } = self;
        format!("{case} {} #{repetition} {optimizer} {setting}{split}", init.name())
    }
}

/// Records of two directories by place.
#[derive(Debug, Default)]
pub struct Pairing<'a> {
    pub pairs: Vec<(Place, &'a Record, &'a Record)>,
    pub only_before: Vec<Place>,
    pub only_after: Vec<Place>,
}

impl<'a> Pairing<'a> {
    /// Pairs in the order of their places.
    pub fn new(before: &'a [Record], after: &'a [Record]) -> Self {
        let index = |records: &'a [Record]| -> BTreeMap<Place, &'a Record> {
            records.iter().map(|record| (Place::of(record), record)).collect()
        };
        let (before, mut after) = (index(before), index(after));
        let mut pairing = Pairing::default();
        for (place, record) in before {
            match after.remove(&place) {
                Some(other) => pairing.pairs.push((place, record, other)),
                None => pairing.only_before.push(place),
            }
        }
        pairing.only_after = after.into_keys().collect();
        pairing
    }
}

/// The metrics of both records at their limits, where both have one: what flatness is compared by.
pub fn at_minima<'a>(a: &'a Record, b: &'a Record) -> Option<(&'a Metrics, &'a Metrics)> {
    completed(a)?.limit().zip(completed(b)?.limit())
}

/// The metrics of both records where they stopped, if one of them has no limit.
pub fn at_iterates<'a>(a: &'a Record, b: &'a Record) -> Option<(&'a Metrics, &'a Metrics)> {
    let (a, b) = (completed(a)?, completed(b)?);
    if a.limit().and(b.limit()).is_some() { None } else { a.iterate.as_ref().zip(b.iterate.as_ref()) }
}

/// The metrics of both records at the same kind of point: the limit where both have one, otherwise the iterate.
pub fn at_ends<'a>(a: &'a Record, b: &'a Record) -> Option<(&'a Metrics, &'a Metrics)> {
    at_minima(a, b).or_else(|| at_iterates(a, b))
}

/// The result of a run that its optimizer finished: what a failed one left behind is no result of its method.
fn completed(record: &Record) -> Option<&RunResult> {
    Some(&record.result).filter(|result| result.outcome == Outcome::Completed)
}
