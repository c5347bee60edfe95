//! Chosen settings at the edge of those that were tried.

use std::collections::BTreeMap;

use flatbench_records::tuning::{Edge, edges};
use flatbench_records::{Init, Outcome, Record, Split};

/// Places that a warning names.
const NAMED: usize = 3;

/// One warning for each optimizer and hyper-parameter that was chosen at an end of the values tried, with the cases where it was.
pub fn warnings(records: &[Record]) -> Vec<String> {
    let mut tried: BTreeMap<Place, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| record.split == Split::Tuning) {
        tried.entry(place(record)).or_default().push(record);
    }
    let mut found: BTreeMap<(&str, Edge), Vec<String>> = BTreeMap::new();
    let mut tuned = BTreeMap::new();
    for (place, runs) in &tried {
        let own =
            |record: &&Record| record.split == Split::Evaluation && record.selected && self::place(record) == *place;
        let Some(chosen) = records.iter().find(own) else { continue };
        // Where nothing completed nothing was chosen.
        if runs.iter().all(|run| run.result.outcome != Outcome::Completed) {
            continue;
        }
        *tuned.entry(place.0).or_insert(0) += 1;
        for edge in edges(&chosen.hyperparameters, runs.iter().map(|run| &run.hyperparameters)) {
            found.entry((place.0, edge)).or_default().push(format!("{} {}", place.1, place.2));
        }
    }
    let warning = |((optimizer, edge), places): ((&str, Edge), Vec<String>)| {
        let named = places.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if places.len() > NAMED { ", .." } else { "" };
        let (at, of) = (places.len(), tuned.get(optimizer).copied().unwrap_or(0));
        format!(
            "{optimizer}: the chosen setting has the {edge} tried in {at} of {of} choices ({named}{more}): a better one may lie beyond"
        )
    };
    found.into_iter().map(warning).collect()
}

/// Optimizer, case and start: what a setting is chosen for.
type Place<'a> = (&'a str, &'a str, Init);

fn place(record: &Record) -> Place<'_> {
    (&record.optimizer, &record.case, record.init)
}

#[cfg(test)]
mod tests {
    use flatbench_records::{FORMAT, References, RunResult, Value};

    use super::*;

    fn record(case: &str, step: f64, split: Split, outcome: Outcome) -> Record {
        Record {
            format: FORMAT,
            key: format!("{case}{step}{split}"),
            suite: "x".into(),
            case: case.into(),
            family: "matrix-sensing".into(),
            family_parameters: BTreeMap::new(),
            dimensions: None,
            init: Init::Large,
            init_scale: None,
            start_point: None,
            instance_seed: 0,
            repetition: 0,
            budget: 1.0,
            stop_at_loss: None,
            optimizer: "gd".into(),
            optimizer_version: String::new(),
            plugin_hash: String::new(),
            hyperparameters: [("step_size".to_owned(), Value::Real(step))].into(),
            split,
            selected: split == Split::Evaluation,
            selection_rule: None,
            result: RunResult { reference: References::default(), ..RunResult::ended(outcome, "") },
        }
    }

    #[test]
    fn the_edge_is_named_with_the_cases_and_the_middle_is_silent() {
        let tried =
            |case: &str, outcome: Outcome| [1.0, 2.0, 4.0].map(|step| record(case, step, Split::Tuning, outcome));
        let mut records = Vec::new();
        for (case, chosen, outcome) in [
            ("a", 4.0, Outcome::Completed),
            ("b", 2.0, Outcome::Completed),
            ("c", 4.0, Outcome::Completed),
            ("skipped", 1.0, Outcome::Skipped),
        ] {
            records.extend(tried(case, outcome));
            records.push(record(case, chosen, Split::Evaluation, outcome));
        }
        let expected = "gd: the chosen setting has the largest step_size tried in 2 of 3 choices (a large, c large): a better one \
                        may lie beyond";
        assert_eq!(warnings(&records), [expected]);
    }
}
