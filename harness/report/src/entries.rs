//! Who is compared: an optimizer, or each of its settings where several of them were run and none was chosen.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Init, Record, Split, Value};

/// Suite, case, start, optimizer: what one setting is chosen for.
type Place<'a> = (&'a str, &'a str, Init, &'a str);

/// The order of entries: by optimizer, then by the values that differ.
type Rank<'a> = (&'a str, Vec<(u64, String)>);

/// The entries that records are compared under.
///
/// Records of one case in which an optimizer has several settings, none of them chosen (or several, where run directories are joined),
/// are no repetitions of each other. Such an optimizer has one entry for every setting.
#[derive(Debug, Default)]
pub struct Entries<'a> {
    /// Where settings were chosen.
    chosen: BTreeSet<Place<'a>>,
    /// Optimizers with one entry per setting, and the hyper-parameters that tell their settings apart.
    several: BTreeMap<&'a str, Vec<&'a str>>,
    /// Labels with their optimizers, in the order of both: by name, then by the values that differ.
    all: Vec<(String, &'a str)>,
}

impl<'a> Entries<'a> {
    /// The entries of `records`, whose order does not matter.
    pub fn of(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let records: Vec<&Record> = records.into_iter().collect();
        let evaluated = || records.iter().copied().filter(|record| record.split == Split::Evaluation);
        let chosen = evaluated().filter(|record| record.selected).map(place).collect();
        let mut entries = Entries { chosen, ..Entries::default() };

        let mut first: BTreeMap<Place, &Record> = BTreeMap::new();
        let mut several: BTreeSet<&str> = BTreeSet::new();
        let mut values: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
        for record in evaluated().filter(|record| entries.is_compared(record)) {
            let one = first.entry(place(record)).or_insert(record);
            if one.hyperparameters != record.hyperparameters {
                several.insert(&record.optimizer);
            }
            for (name, value) in &record.hyperparameters {
                values.entry((&record.optimizer, name)).or_default().insert(value.to_string());
            }
        }
        for name in several {
            let differ = values.iter().filter(|((optimizer, _), values)| *optimizer == name && values.len() > 1);
            entries.several.insert(name, differ.map(|((_, parameter), _)| *parameter).collect());
        }

        let known: BTreeSet<&str> = first.keys().map(|place| place.3).collect();
        // Settings that were tried and not chosen have no entry, unless nothing but they is there.
        let has_entry = |record: &&&Record| entries.is_compared(record) || !known.contains(record.optimizer.as_str());
        let mut all: BTreeMap<Rank, String> = BTreeMap::new();
        for record in records.iter().filter(has_entry) {
            let differing = entries.several.get(record.optimizer.as_str()).into_iter().flatten();
            let order = differing.map(|name| record.hyperparameters.get(*name).map_or_else(Default::default, order));
            all.entry((&record.optimizer, order.collect())).or_insert_with(|| entries.label(record));
        }
        entries.all = all.into_iter().map(|((optimizer, _), label)| (label, optimizer)).collect();
        entries
    }

    /// Every label with the optimizer that it is of.
    pub fn all(&self) -> &[(String, &'a str)] {
        &self.all
    }

    /// Whether a record is one of those that are compared: of the chosen setting where one was chosen, of any elsewhere.
    pub fn is_compared(&self, record: &Record) -> bool {
        record.split == Split::Evaluation && (record.selected || !self.chosen.contains(&place(record)))
    }

    /// The name of the optimizer, followed by what tells its settings apart where each is an entry: `sam radius=0.05`.
    pub fn label(&self, record: &Record) -> String {
        let differing = self.several.get(record.optimizer.as_str()).into_iter().flatten();
        let words = differing.filter_map(|name| Some(format!("{name}={}", record.hyperparameters.get(*name)?)));
        let words: Vec<String> = words.collect();
        if words.is_empty() { record.optimizer.clone() } else { format!("{} {}", record.optimizer, words.join(" ")) }
    }

    /// Whether every setting of an optimizer is an entry of its own.
    pub fn is_several(&self, optimizer: &str) -> bool {
        self.several.contains_key(optimizer)
    }
}

fn place(record: &Record) -> Place<'_> {
    (&record.suite, &record.case, record.init, &record.optimizer)
}

/// Numbers by size, everything else by its text.
fn order(value: &Value) -> (u64, String) {
    let number = value.as_schedule().map_or(0.0, |schedule| schedule.from);
    // Flips what makes the bits of negative numbers fall.
    let bits = number.to_bits();
    (if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }, value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    /// Records of `sam` at each radius; with `chosen`, the one that tuning chose.
    fn at_radii(radii: &[f64], chosen: Option<usize>) -> Vec<Record> {
        let base: Vec<Record> = synthetic::study(2, 2, 3).sources.remove(0).records;
        let (sam, mut out): (Vec<Record>, Vec<Record>) = base.into_iter().partition(|r| r.optimizer == "sam");
        for (index, radius) in radii.iter().enumerate() {
            out.extend(sam.iter().cloned().map(|mut record| {
                record.key = format!("{}-{index}", record.key);
                record.selected = chosen == Some(index);
                record.hyperparameters.insert("radius".to_owned(), Value::Real(*radius));
                record
            }));
        }
        out
    }

    #[test]
    fn settings_of_which_none_was_chosen_are_entries() {
        let records = at_radii(&[0.5, 0.05, 1.0], None);
        let entries = Entries::of(&records);
        let labels: Vec<&str> = entries.all().iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["gd", "sam radius=0.05", "sam radius=0.5", "sam radius=1.0", "sgd"]);
        assert!(records.iter().all(|record| entries.is_compared(record)));
    }

    #[test]
    fn a_chosen_setting_and_a_single_one_go_by_the_name() {
        for records in [at_radii(&[0.5, 0.05], Some(1)), at_radii(&[0.5], None)] {
            let entries = Entries::of(&records);
            assert_eq!(entries.all().len(), 3);
            assert!(records.iter().all(|record| entries.label(record) == record.optimizer));
        }
        let records = at_radii(&[0.5, 0.05], Some(1));
        let entries = Entries::of(&records);
        assert!(records.iter().filter(|r| r.optimizer == "sam").all(|r| entries.is_compared(r) == r.selected));
    }

    #[test]
    fn chosen_settings_may_differ_between_cases_and_not_within_one() {
        let mut records = at_radii(&[0.5], Some(0));
        let other = |record: &Record| record.optimizer == "sam" && record.case == "anisotropic";
        for record in records.iter_mut().filter(|record| other(record)) {
            record.hyperparameters.insert("radius".to_owned(), Value::Real(0.1));
        }
        assert_eq!(Entries::of(&records).all().len(), 3, "what was chosen for one case need not suit another");
        // Two run directories of one suite, each with a setting of its own.
        let joined = [at_radii(&[0.5], Some(0)), at_radii(&[0.1], Some(0))].concat();
        assert_eq!(Entries::of(&joined).all().len(), 4);
    }
}
