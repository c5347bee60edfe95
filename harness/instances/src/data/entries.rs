use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Duplicates;

/// Entries as they are listed one by one, each place once.
pub(super) struct Entries {
    rule: Duplicates,
    /// Place among `listed` of each (row, column).
    places: HashMap<(usize, usize), usize>,
    listed: Vec<Listed>,
    /// How many were given again.
    pub(super) duplicates: usize,
}

struct Listed {
    row: usize,
    column: usize,
    /// The value, or the sum of several.
    value: f64,
    summands: f64,
}

/// An entry was given before, and the rule says that none may be.
pub(super) struct GivenBefore;

impl Entries {
    /// No entries yet.
    pub(super) fn new(rule: Duplicates) -> Self {
        Entries { rule, places: HashMap::new(), listed: Vec::new(), duplicates: 0 }
    }

    /// One more, counted from zero.
    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) -> Result<(), GivenBefore> {
        let place = match self.places.entry((row, column)) {
            Entry::Vacant(vacant) => {
                vacant.insert(self.listed.len());
                self.listed.push(Listed { row, column, value, summands: 1.0 });
                return Ok(());
            }
            Entry::Occupied(occupied) => *occupied.get(),
        };
        self.duplicates += 1;
        match (self.rule, self.listed.get_mut(place)) {
            (Duplicates::Last, Some(listed)) => listed.value = value,
            (Duplicates::Mean, Some(listed)) => {
                listed.value += value;
                listed.summands += 1.0;
            }
            _ => return Err(GivenBefore),
        }
        Ok(())
    }

    /// All of them as (row, column, value), in the order in which they came first.
    pub(super) fn finish(self) -> Vec<(usize, usize, f64)> {
        self.listed.into_iter().map(|e| (e.row, e.column, e.value / e.summands)).collect()
    }
}
