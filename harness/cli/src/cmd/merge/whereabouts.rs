//! The environment of a directory that others were joined in: that of the first, the plugins and data of all, and where each of them ran.

use std::path::Path;

use flatbench_records::{Environment, PlanSize, Planned, join_parts};

use crate::output::errln;
use crate::status::Failure;

/// A directory by what `environment.json` needs of it.
pub struct Stay<'a> {
    pub name: &'a str,
    pub environment: &'a Environment,
    pub records: usize,
    /// Seconds of the runs that its last stay did.
    pub seconds: f64,
    /// Whether somebody writes to it.
    pub going: bool,
}

/// Reads `environment.json` of a directory.
pub fn read(directory: &Path) -> Result<Environment, Failure> {
    let file = directory.join("environment.json");
    let wrong = |reason: String| Failure::usage(format!("cannot use {}: {reason}", file.display()));
    let bytes = std::fs::read(&file).map_err(|error| wrong(error.to_string()))?;
    let environment: Environment = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    Ok(environment.outside(directory))
}

/// What is known of the joined directory, which will have `records`; `before` is what it was itself.
pub fn join(before: Option<&Stay<'_>>, stays: &[Stay<'_>], records: usize) -> Environment {
    let mut all = stays.iter().map(|stay| stay.environment);
    let mut joined = all.next().or(before.map(|stay| stay.environment)).cloned().unwrap_or_default();
    for other in all.chain(before.map(|stay| stay.environment)) {
        for (name, plugin) in &other.plugins {
            let known = joined.plugins.entry(name.clone()).or_insert_with(|| plugin.clone());
            if known.hash != plugin.hash {
                errln!(
                    "warning: `{name}` is {} in some directories and {} in others: its runs have different keys, and are all kept",
                    known.hash,
                    plugin.hash
                );
            }
        }
        for (case, reading) in &other.data {
            joined.data.entry(case.clone()).or_insert_with(|| reading.clone());
        }
    }
    joined.parts = Vec::new();
    for stay in before.iter().copied().chain(stays) {
        let mut parts = stay.environment.stays(stay.name, stay.records, stay.seconds);
        if let Some(last) = parts.last_mut() {
            last.going = stay.going;
        }
        join_parts(&mut joined.parts, parts);
    }
    let whole = whole(before, stays);
    joined.planned = whole.map(|whole| Planned { shard: None, own: PlanSize::default(), whole });
    joined.host = None;
    joined.job = None;
    joined.records_before = records;
    joined
}

/// The plan that all of them are parts of; `None` where they are parts of different ones.
fn whole(before: Option<&Stay<'_>>, stays: &[Stay<'_>]) -> Option<PlanSize> {
    let mut sizes = stays.iter().chain(before).map(|stay| Some(stay.environment.planned.as_ref()?.whole));
    let first = sizes.next()??;
    sizes.all(|size| size == Some(first)).then_some(first)
}
