//! Records of a directory held against the suite as it is now.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Plan, PlannedRun};
use crate::session::Progress;
use crate::store::{Fate, Log, RunDirectory, StoreError};
use crate::suite::{Suite, differences};

/// Keeps the records that belong to the suite as it is now, sets the others aside, and tells the user what changed.
pub(crate) fn reconcile_with(
    directory: &mut RunDirectory,
    plan: &Plan<'_>,
    suite_before: Option<&str>,
    suite: &Suite,
    log: &mut Log,
    progress: &mut dyn Progress,
) -> Result<(), StoreError> {
    let seeds = directory.records().iter().map(|record| record.repetition + 1).max().unwrap_or(0);
    // A directory may hold a small part of a large plan: only the runs on its instances are made.
    let instances: BTreeSet<_> = directory.records().iter().map(|record| (record.init, record.instance_seed)).collect();
    let on_them = |init, seed| instances.contains(&(init, seed));
    let planned: BTreeMap<String, PlannedRun> =
        plan.widest(seeds, &on_them).into_iter().map(|run| (run.key.clone(), run)).collect();
    let retired = directory.reconcile(&|record| match planned.get(&record.key) {
        None => Fate::Retire,
        Some(run) => {
            let mut relabelled = record.clone();
            run.relabel(&mut relabelled);
            // Which setting is compared, and by which rule, is decided after tuning.
            relabelled.selected = record.selected;
            relabelled.selection_rule.clone_from(&record.selection_rule);
            if relabelled != *record { Fate::Relabel(Box::new(relabelled)) } else { Fate::Keep }
        }
    })?;
    let changes = suite_before.map(|before| differences(before, &suite.to_toml())).unwrap_or_default();
    let mut say = |text: String| {
        log.line(&text);
        progress.say(&text);
    };
    if !changes.is_empty() {
        say(format!("the suite has changed since this directory was written:\n  {}", changes.join("\n  ")));
    }
    if retired > 0 {
        let kept = directory.records().len();
        say(format!("{kept} records kept; {retired} belong to no planned run and are in records.superseded.jsonl"));
    }
    Ok(())
}
