//! The draw whose trajectories an archive keeps, so that pages made of it can show a path of every optimizer.

use std::path::Path;

use flatbench_records::directory::Trajectories;
use flatbench_records::{Init, Record, Split};
use flatbench_report::in_suite_order;

use crate::catalog::Families;
use crate::status::Failure;

/// Trajectories, as lines, of the runs that are kept, or of `all` evaluation runs, in the order of start and optimizer.
pub fn trajectories(from: &Path, records: &[Record], all: bool) -> Result<Vec<Vec<u8>>, Failure> {
    let trouble =
        |error| Failure::trouble(anyhow::anyhow!("cannot read the trajectories of {}: {error}", from.display()));
    let kept = Trajectories::open(from).map_err(trouble)?;
    let mut lines = Vec::new();
    for record in if all { evaluated(records) } else { runs(from, records) } {
        if let Some(trajectory) = kept.of(&record.key).map_err(trouble)? {
            lines.push(serde_json::to_vec(&trajectory).map_err(Failure::trouble)?);
        }
    }
    Ok(lines)
}

/// All that are compared.
fn evaluated(records: &[Record]) -> Vec<Record> {
    let mut out: Vec<Record> = records.iter().filter(|record| record.split == Split::Evaluation).cloned().collect();
    out.sort_by(|a, b| (a.init, &a.optimizer, &a.key).cmp(&(b.init, &b.optimizer, &b.key)));
    out
}

/// From each start the evaluation runs of the first repetition of the first case of the suite that is no control.
fn runs(from: &Path, records: &[Record]) -> Vec<Record> {
    let families = Families::new();
    let is_control = |record: &Record| {
        families.of(&record.family).is_some_and(|family| family.is_control(&record.family_parameters))
    };
    let mut ordered: Vec<Record> =
        records.iter().filter(|record| record.split == Split::Evaluation && !is_control(record)).cloned().collect();
    in_suite_order(from, &mut ordered);
    let mut out: Vec<Record> = Vec::new();
    for init in Init::ALL {
        let from_there = || ordered.iter().filter(|record| record.init == init);
        let Some(first) = from_there().next() else { continue };
        let is_in = |record: &&Record| (&record.case, record.repetition) == (&first.case, first.repetition);
        out.extend(from_there().filter(is_in).cloned());
    }
    out.sort_by(|a, b| (a.init, &a.optimizer, &a.key).cmp(&(b.init, &b.optimizer, &b.key)));
    out
}
