//! What was run, with what and how it is measured.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use flatbench_records::{CallKind, Outcome, QueueJob, Record, quoted};

use super::places::{Place, places};
use crate::numbers::{count, duration};
use crate::study::{Panel, Study};
use crate::{Input, Source};

#[derive(Serialize)]
pub(super) struct About {
    /// Where truths and measurements come from: one sentence for every way there is.
    instances: Vec<&'static str>,
    /// Call, price in full-gradient equivalents, reason.
    prices: Vec<[String; 3]>,
    environments: Vec<Machine>,
    /// Commands that repeat a random sample of the runs of a directory.
    verify: Vec<String>,
    /// Whether commands name the folder of the page as `.`.
    here: bool,
}

#[derive(Serialize)]
struct Machine {
    directory: String,
    facts: Vec<(&'static str, String)>,
    plugins: Vec<[String; 4]>,
    /// Case, and how its data file was read.
    data: Vec<(String, Vec<(&'static str, String)>)>,
    /// Where the records come from, if from several places.
    places: Vec<Place>,
}

/// Counts for the head of the page.
pub(super) fn summary(study: &Study, input: &Input) -> Vec<(String, String)> {
    let mut outcomes: BTreeMap<Outcome, usize> = BTreeMap::new();
    let own = || study.runs.iter().filter(|run| input.sources[run.source].archived.is_none());
    for run in own() {
        *outcomes.entry(run.record.result.outcome).or_default() += 1;
    }
    let number = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
    let failed = outcomes.iter().filter(|(o, _)| o.is_failure()).map(|(_, n)| n).sum::<usize>();
    let spent = |of: fn(&Record) -> f64| -> f64 { own().map(|r| of(r.record)).filter(|s| s.is_finite()).sum() };
    let references = spent(|r| r.result.reference_seconds);
    let complaints: usize = input.sources.iter().map(|s| s.complaints.len()).sum();
    let mut out = vec![
        ("runs".to_owned(), own().count().to_string()),
        (Outcome::Completed.to_string(), number(Outcome::Completed).to_string()),
        ("failed".to_owned(), failed.to_string()),
        (Outcome::Skipped.to_string(), number(Outcome::Skipped).to_string()),
        ("optimizers".to_owned(), study.archived.iter().filter(|from| from.is_none()).count().to_string()),
        ("cases × starts".to_owned(), study.panels.len().to_string()),
        ("time in optimizers".to_owned(), duration(spent(|r| r.result.optimizer_seconds))),
        ("time on metrics".to_owned(), duration(spent(|r| r.result.measurement_seconds))),
    ];
    if study.has_archived() {
        let archived = study.archived.iter().flatten().count();
        let runs = study.runs.len() - own().count();
        out.insert(
            5,
            (
                "archived beside".to_owned(),
                format!("{}, {}", count(archived, "optimizer", "optimizers"), count(runs, "run", "runs")),
            ),
        );
    }
    // Older records do not tell.
    if references > 0.0 {
        out.push(("time on references".to_owned(), duration(references)));
    }
    if complaints > 0 {
        out.push(("unusable".to_owned(), count(complaints, "entry", "entries")));
    }
    out
}

pub(super) fn about(study: &Study, input: &Input) -> About {
    let environments = input
        .own()
        .filter_map(|source| {
            let e = source.environment.as_ref()?;
            let mut facts = vec![("flatbench", format!("{} ({} build)", e.flatbench_version, e.profile))];
            if let Some(commit) = &e.commit {
                let dirty = if e.dirty == Some(true) { ", with uncommitted changes" } else { "" };
                facts.push(("commit", format!("{commit}{dirty}")));
            }
            facts.extend(e.rustc.clone().map(|r| ("compiler", r)));
            facts.extend(e.host.clone().map(|host| ("machine", host)));
            let job = |job: &QueueJob| {
                let task = job.task.as_ref().map_or_else(String::new, |task| format!(", task {task}"));
                format!("{} {}{task}", job.engine, job.id)
            };
            facts.extend(e.job.as_ref().map(|own| ("job", job(own))));
            facts.push(("platform", e.machine.platform.clone()));
            facts.extend(e.machine.cpu.clone().map(|c| ("processor", c)));
            facts.push(("cores", e.machine.cores.to_string()));
            facts.push(("instruction sets", e.machine.features.join(", ")));
            facts.extend(
                e.machine.memory_bytes.map(|b| ("memory", format!("{:.1} GiB", b as f64 / (1u64 << 30) as f64))),
            );
            let limits = e.machine.limits.join("; ");
            facts.extend((!limits.is_empty()).then_some(("limits", limits)));
            let plugins = e
                .plugins
                .iter()
                .map(|(name, p)| {
                    let hash = p.hash.chars().take(16).collect();
                    [name.clone(), p.version.clone(), p.interface_version.clone(), hash]
                })
                .collect();
            let data = e.data.iter().map(|(case, reading)| (case.clone(), reading.facts())).collect();
            let places = places(source, e);
            Some(Machine { directory: source.directory.clone(), facts, plugins, data, places })
        })
        .collect();
    let prices =
        CallKind::ALL.into_iter().map(|kind| [kind.name().to_owned(), kind.cost(), kind.reason().to_owned()]).collect();
    let verify = |source: &Source| format!("flatbench verify {}{}", quoted(&source.directory), source.plugins());
    let here = input.sources.iter().any(|source| source.directory == ".");
    About { instances: instances(study, input), prices, environments, verify: input.own().map(verify).collect(), here }
}

/// Where truths and measurements come from: one sentence for every way there is, none without a case.
fn instances(study: &Study, input: &Input) -> Vec<&'static str> {
    let readings = input.own().filter_map(|source| source.environment.as_ref());
    let read: BTreeSet<&String> = readings.flat_map(|environment| environment.data.keys()).collect();
    let sentence = |panel: &Panel| match (panel.truth, read.contains(&panel.case)) {
        (true, false) => "Ground truth and measurements are drawn from a seed.",
        (true, true) => "The ground truth is read from a file, and measurements are drawn from a seed.",
        (false, _) => {
            "Measurements are the known entries of a file, whose ground truth is not known; a seed draws which of them are held out."
        }
    };
    let sentences: BTreeSet<&'static str> = study.panels.iter().map(sentence).collect();
    sentences.into_iter().collect()
}
