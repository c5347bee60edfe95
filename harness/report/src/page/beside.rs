//! What stands beside the runs of the study: where it is from, what of it pairs, and who the rivals are.

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Environment, NUMERICS, Record, quoted};
use serde::Serialize;

use crate::numbers::count;
use crate::study::{Run, Study};
use crate::{Archived, Input, Source};

#[derive(Serialize)]
pub(super) struct Beside {
    archives: Vec<Archive>,
    rivals: Vec<Rival>,
}

#[derive(Serialize)]
struct Archive {
    name: String,
    paired: String,
    facts: Vec<(&'static str, String)>,
    left_out: Vec<String>,
    verify: String,
}

#[derive(Serialize)]
struct Rival {
    optimizer: usize,
    name: String,
    archive: String,
    version: String,
    hash: String,
    runs: usize,
    chosen: &'static str,
    /// Settings with the cases and starts that each was run on.
    settings: Vec<(String, String)>,
}

/// `None` where nothing stands beside.
pub(super) fn beside(study: &Study, input: &Input) -> Option<Beside> {
    let archives: Vec<Archive> = input.beside().map(|(source, archived)| archive(source, archived)).collect();
    let rivals =
        (0..study.optimizers.len()).filter(|entry| study.is_archived(*entry)).filter_map(|entry| rival(study, entry));
    let rivals = rivals.collect();
    (!archives.is_empty()).then_some(Beside { archives, rivals })
}

fn archive(source: &Source, archived: &Archived) -> Archive {
    // An archive of the tree, or of an installed program, goes by its name everywhere.
    let named = Path::new(&source.directory).ends_with(format!("reports/{}", archived.name));
    let target = if named { &archived.name } else { &source.directory };
    let mut facts = vec![("archive", target.clone())];
    facts.extend(source.name.clone().map(|suite| ("suite", suite)));
    facts.extend(source.environment.iter().flat_map(of_environment));
    Archive {
        name: archived.name.clone(),
        paired: format!("{} of {}", source.records.len(), count(archived.offered, "compared run", "compared runs")),
        facts,
        left_out: archived.left_out.clone(),
        verify: format!("flatbench verify {} --rebuilt", quoted(target)),
    }
}

/// Version, machine and date of what was archived.
fn of_environment(environment: &Environment) -> Vec<(&'static str, String)> {
    let Environment { flatbench_version, commit, machine, host, date, .. } = environment;
    let numbers = environment.numerics.map_or_else(
        || format!("not recorded (version {NUMERICS} here; paired where starts agree)"),
        |version| version.to_string(),
    );
    let commit = commit.iter().map(|commit| format!(", commit {}", commit.chars().take(12).collect::<String>()));
    let mut facts = vec![
        ("flatbench", format!("{flatbench_version}{}", commit.collect::<String>())),
        ("numbers version", numbers),
        ("processor", machine.cpu.clone().unwrap_or_else(|| machine.platform.clone())),
        ("instruction sets", machine.features.join(", ")),
    ];
    facts.extend(host.clone().map(|host| ("machine", host)));
    facts.push(("date", date.clone().unwrap_or_else(|| "not recorded".to_owned())));
    facts
}

fn rival(study: &Study, entry: usize) -> Option<Rival> {
    let runs: Vec<&Run> = study.compared().filter(|run| run.optimizer == entry).collect();
    let first: &Record = runs.first()?.record;
    let mut settings: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for run in &runs {
        let panels = settings.entry(setting(run.record)).or_default();
        if panels.last() != Some(&run.panel) {
            panels.push(run.panel);
        }
    }
    let everywhere = settings.len() == 1;
    let place = |panels: Vec<usize>| match everywhere {
        true => "everywhere".to_owned(),
        false => panels.iter().map(|panel| study.panels[*panel].title.as_str()).collect::<Vec<_>>().join(", "),
    };
    Some(Rival {
        optimizer: entry,
        name: study.optimizers[entry].clone(),
        archive: study.archived[entry].unwrap_or_default().to_owned(),
        version: first.optimizer_version.clone(),
        hash: first.plugin_hash.clone(),
        runs: runs.len(),
        chosen: runs.iter().find_map(|run| run.record.selection_rule).map_or("by no tuning", |rule| rule.name()),
        settings: settings.into_iter().map(|(setting, panels)| (setting, place(panels))).collect(),
    })
}

fn setting(record: &Record) -> String {
    let words: Vec<String> = record.hyperparameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// What a reader of figures has to know: a sentence for each archive.
pub(super) fn notes(study: &Study, input: &Input) -> Vec<String> {
    let note = |(source, archived): (&Source, &Archived)| {
        let optimizers = study.archived.iter().flatten().filter(|from| **from == archived.name).count();
        if source.records.is_empty() {
            return format!("Nothing of {} is drawn beside this; Beside says why.", archived.name);
        }
        let environment = source.environment.as_ref();
        let of = environment.map_or_else(String::new, |environment| {
            let Environment { flatbench_version, machine, date, .. } = environment;
            let date = date.as_ref().map_or_else(String::new, |date| format!(", {date}"));
            format!(", flatbench {flatbench_version}, {}{date}", machine.cpu.as_deref().unwrap_or(&machine.platform))
        });
        let left_out = match archived.left_out.is_empty() {
            true => "",
            false => " What is left out, and why, is in Beside.",
        };
        format!(
            "Drawn pale and marked as archived: {} of {} from {}{of}, paired on the same instances and starts.{left_out}",
            count(source.records.len(), "run", "runs"),
            count(optimizers, "optimizer", "optimizers"),
            archived.name
        )
    };
    input.beside().map(note).collect()
}
