//! Whether a run directory has all that it was to have.

use flatbench_records::directory::Flaw;
use flatbench_records::{Environment, Record, Split};

/// Why a directory is not complete, a line for each reason.
pub fn lacks(records: &[Record], flaws: &[Flaw], environment: Option<&Environment>) -> Vec<String> {
    let mut lacks = Vec::new();
    if records.is_empty() {
        lacks.push("it has no record".to_owned());
    }
    lacks.extend(flaws.first().map(|flaw| format!("{} of its lines cannot be used, the first: {flaw}", flaws.len())));
    match environment {
        None => {
            lacks.push("its environment.json is missing or unreadable, so nobody knows what was planned".to_owned())
        }
        Some(environment) => lacks.extend(missing(records, environment)),
    }
    let failed = records.iter().filter(|record| record.result.outcome.is_failure());
    if let Some(first) = failed.clone().next() {
        let (optimizer, case, outcome) = (&first.optimizer, &first.case, first.result.outcome);
        lacks.push(format!("{} of its runs failed, the first: {optimizer} on {case} ({outcome})", failed.count()));
    }
    let unmeasured = records.iter().filter(|record| record.result.unmeasured.is_some()).count();
    if unmeasured > 0 {
        lacks.push(format!("{unmeasured} of its runs could not be measured"));
    }
    lacks
}

/// Planned runs without a record. A directory that does not say what was planned is taken for whole.
fn missing(records: &[Record], environment: &Environment) -> Option<String> {
    let planned = environment.planned.as_ref()?;
    let of = |split| records.iter().filter(|record| record.split == split).count();
    let size = planned.whole;
    let recorded = of(Split::Tuning).min(size.tuning) + of(Split::Evaluation).min(size.evaluation);
    let missing = size.total().saturating_sub(recorded);
    (missing > 0).then(|| format!("{missing} of {} planned runs are missing", size.total()))
}
