use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Record, Split};
use serde::Deserialize;

/// Names in a resolved suite, in its order.
#[derive(Deserialize)]
struct Names {
    #[serde(default, rename = "case")]
    cases: Vec<Named>,
    #[serde(default, rename = "optimizer")]
    optimizers: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Puts records into the order of the plan, where they were joined from parts that were done side by side: tuning first, then by case,
/// start, repetition and optimizer as the suite of the directory has them. Without a suite that can be read they stay as they are.
pub fn in_suite_order(directory: &Path, records: &mut [Record]) {
    let Ok(text) = std::fs::read_to_string(directory.join("suite.toml")) else { return };
    let Ok(names) = toml::from_str::<Names>(&text) else { return };
    let places = |named: &[Named]| -> BTreeMap<String, usize> {
        named.iter().enumerate().map(|(place, named)| (named.name.clone(), place)).collect()
    };
    let (cases, optimizers) = (places(&names.cases), places(&names.optimizers));
    let place = |of: &BTreeMap<String, usize>, name: &str| of.get(name).copied().unwrap_or(usize::MAX);
    records.sort_by_cached_key(|record| {
        let case = place(&cases, &record.case);
        let optimizer = place(&optimizers, &record.optimizer);
        (Reverse(record.split == Split::Tuning), case, record.init, record.repetition, optimizer)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    #[test]
    fn joined_records_stand_as_the_suite_has_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let suite = "[[case]]\nname = \"b\"\n[[case]]\nname = \"a\"\n[[optimizer]]\nname = \"y\"\n[[optimizer]]\nname = \"x\"\n";
        std::fs::write(folder.path().join("suite.toml"), suite).expect("a suite");
        let one = synthetic::study(1, 1, 1).sources[0].records[0].clone();
        let record = |case: &str, optimizer: &str, repetition| Record {
            case: case.to_owned(),
            optimizer: optimizer.to_owned(),
            repetition,
            ..one.clone()
        };
        let mut records =
            [record("a", "x", 0), record("a", "y", 0), record("?", "x", 0), record("b", "x", 1), record("b", "y", 0)];
        in_suite_order(folder.path(), &mut records);
        let order: Vec<_> = records.iter().map(|record| (record.case.as_str(), record.optimizer.as_str())).collect();
        assert_eq!(order, [("b", "y"), ("b", "x"), ("a", "y"), ("a", "x"), ("?", "x")]);
        in_suite_order(Path::new("/nowhere"), &mut records);
        assert_eq!(records.map(|record| record.case), ["b", "b", "a", "a", "?"]);
    }
}
