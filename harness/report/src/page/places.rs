//! Where the parts ran: one row a machine, however many parts there are.

use std::collections::{BTreeMap, BTreeSet};

use flatbench_records::{Environment, Machine, Part};
use serde::Serialize;

use crate::Source;
use crate::numbers::{count, duration, ranges};

/// Machines up to which each has a row; of more, those with one kind of processor share one.
const ROWS: usize = 60;

/// Names in a cell that are no series of numbers.
const NAMES: usize = 8;

#[derive(Serialize)]
pub(super) struct Place {
    host: String,
    processor: String,
    instructions: String,
    parts: String,
    jobs: String,
    records: usize,
    time: String,
}

/// Where the records of a directory come from; nothing where all of them are its own.
pub(super) fn places(source: &Source, environment: &Environment) -> Vec<Place> {
    if environment.parts.is_empty() {
        return Vec::new();
    }
    let later = source.records.iter().skip(environment.records_before);
    let seconds = later.map(|record| record.result.seconds()).sum();
    let own = Environment { parts: Vec::new(), ..environment.clone() };
    let own = own.stays("here", source.records.len(), seconds).into_iter().filter(|part| part.records > 0);
    let parts: Vec<Part> = environment.parts.iter().cloned().chain(own).collect();
    let hosts: BTreeSet<_> = parts.iter().map(|part| &part.host).collect();
    let each = hosts.len() <= ROWS;
    let mut rows: BTreeMap<(Option<String>, String, String), Vec<&Part>> = BTreeMap::new();
    for part in &parts {
        let host = part.host.clone().filter(|_| each);
        rows.entry((host, processor(&part.machine), part.machine.features.join(" "))).or_default().push(part);
    }
    rows.into_iter()
        .map(|((_, processor, instructions), parts)| Place {
            host: host(&parts),
            processor,
            instructions,
            parts: series(parts.iter().map(|part| part.name.as_str())),
            jobs: jobs(&parts),
            records: parts.iter().map(|part| part.records).sum(),
            time: duration(parts.iter().map(|part| part.seconds).filter(|seconds| seconds.is_finite()).sum()),
        })
        .collect()
}

fn processor(machine: &Machine) -> String {
    let cores = count(machine.cores, "core", "cores");
    format!("{}, {cores}", machine.cpu.as_deref().unwrap_or(&machine.platform))
}

fn host(parts: &[&Part]) -> String {
    let hosts: BTreeSet<&str> = parts.iter().map(|part| part.host.as_deref().unwrap_or("not recorded")).collect();
    match hosts.len() {
        1 => hosts.into_iter().collect(),
        several => format!("{several} machines"),
    }
}

/// The jobs of each queue with their tasks.
fn jobs(parts: &[&Part]) -> String {
    let mut tasks: BTreeMap<(&str, &str), (BTreeSet<&str>, u32)> = BTreeMap::new();
    for job in parts.iter().filter_map(|part| part.job.as_ref()) {
        let (known, restarts) = tasks.entry((&job.engine, &job.id)).or_default();
        known.extend(job.task.as_deref());
        *restarts = (*restarts).max(job.restarts);
    }
    let mut words: Vec<String> = Vec::new();
    for ((engine, id), (tasks, restarts)) in tasks.iter().take(NAMES) {
        let tasks = match tasks.is_empty() {
            true => String::new(),
            false => format!(" tasks {}", series(tasks.iter().copied())),
        };
        let restarts = if *restarts > 0 { format!(" (started again up to {restarts} times)") } else { String::new() };
        words.push(format!("{engine} {id}{tasks}{restarts}"));
    }
    if tasks.len() > NAMES {
        words.push(format!("and {} more", tasks.len() - NAMES));
    }
    words.join("; ")
}

/// Names in which a number runs, as a range: `1–4, 7-of-8`.
fn series<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut groups: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for name in names {
        let digits = name.find(|c: char| c.is_ascii_digit()).map(|from| {
            let to = name[from..].find(|c: char| !c.is_ascii_digit()).map_or(name.len(), |length| from + length);
            (&name[..from], &name[from..to], &name[to..])
        });
        match digits.and_then(|(before, number, after)| Some((before, number.parse().ok()?, after))) {
            Some((before, number, after)) => {
                groups.entry((before, after)).or_default().insert(number);
            }
            None => {
                others.insert(name);
            }
        }
    }
    let mut words: Vec<String> = Vec::new();
    for ((before, after), numbers) in &groups {
        words.push(format!("{before}{}{after}", ranges(&numbers.iter().copied().collect::<Vec<_>>())));
    }
    words.extend(others.into_iter().map(str::to_owned));
    let more = words.len().saturating_sub(NAMES);
    words.truncate(NAMES);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_names_are_a_range() {
        let names: Vec<String> = (1..=1000).filter(|n| *n != 7).map(|n| format!("{n}-of-1000")).collect();
        assert_eq!(series(names.iter().map(String::as_str)), "1–6, 8–1000-of-1000");
        assert_eq!(series(["part-2", "here", "part-1", "whole"].into_iter()), "part-1, 2; here; whole");
    }
}
