use std::collections::BTreeSet;

use flatbench_records::Record;

use crate::Source;

/// Names of optimizers that are taken.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Those of a study.
    pub(super) fn of(own: &[Source]) -> Self {
        Names(own.iter().flat_map(|source| &source.records).map(|record| record.optimizer.clone()).collect())
    }

    /// Gives optimizers of an archive whose name another one has the name of the archive too: `gd` becomes `gd (zoo)`.
    pub(super) fn tell_apart(&mut self, archive: &str, records: &mut [Record]) {
        for record in records.iter_mut().filter(|record| self.0.contains(&record.optimizer)) {
            record.optimizer = format!("{} ({archive})", record.optimizer);
        }
        self.0.extend(records.iter().map(|record| record.optimizer.clone()));
    }
}
