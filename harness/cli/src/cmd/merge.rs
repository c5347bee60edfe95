//! `flatbench merge`: run directories of one suite joined into one, such as those of the parts of a plan.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flatbench_records::{Environment, Outcome, Record};
use flatbench_runner::Catalog;
use flatbench_runner::store::{RunDirectory, StoreError};

use crate::catalog::Families;
use crate::output::outln;
use crate::status::Failure;
use crate::{rerun, sameness};

#[derive(Args)]
pub struct Arguments {
    /// Run directories of one suite
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Run directory to join them in; what it holds stays
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let suite = suite_of(&arguments.dirs)?;
    let name = suite.0;
    let environment = environment(&arguments.dirs)?;
    let trouble = |error: StoreError| match error.is_refusal() {
        true => Failure::usage(error),
        false => Failure::trouble(error),
    };
    // Everything is read and held against each other before anything is written.
    let mut union: BTreeMap<String, (Record, PathBuf)> = BTreeMap::new();
    // Folders that may hold the parameters of a run: those whose record is the one that is kept.
    let mut folders: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut order = Vec::new();
    let existing = if rerun::is_run_directory(&arguments.out)? { vec![arguments.out.clone()] } else { Vec::new() };
    for dir in existing.iter().chain(&arguments.dirs) {
        for record in rerun::records(dir)? {
            match union.get(&record.key) {
                Some((known, first)) => {
                    refuse_contradiction(known, first, &record, dir)?;
                    if known.result.outcome == Outcome::Completed && record.result.outcome == Outcome::Completed {
                        folders.entry(record.key).or_default().push(dir.clone());
                    }
                }
                None => {
                    order.push(record.key.clone());
                    folders.insert(record.key.clone(), vec![dir.clone()]);
                    union.insert(record.key.clone(), (record, dir.clone()));
                }
            }
        }
    }
    let mut joined = RunDirectory::open(&arguments.out, &name).map_err(trouble)?.directory;
    joined.describe(&suite.1, &environment).map_err(trouble)?;
    let mut added = 0;
    for key in order {
        let Some((record, dir)) = union.remove(&key) else { continue };
        if joined.record(&key).is_none() {
            joined.forget_parameters([key.as_str()]).map_err(trouble)?;
        }
        if !joined.has_parameters(&key).map_err(trouble)? {
            let found =
                folders.get(&key).into_iter().flatten().find_map(|dir| rerun::parameters(dir, &key).transpose());
            if let Some(archive) = found.transpose()? {
                joined.keep_parameters(&key, &archive).map_err(trouble)?;
            }
        }
        if joined.record(&key).is_some() {
            continue;
        }
        let trajectory = rerun::trajectory(&dir, &key)?;
        joined.keep(record, trajectory.as_ref()).map_err(trouble)?;
        added += 1;
    }
    outln!("{} records in {}, {added} of them new", joined.records().len(), arguments.out.display());
    drop(joined);
    let page = flatbench_report::write(&arguments.out, Families::new().families()).map_err(Failure::trouble)?;
    outln!("report: {}", page.display());
    Ok(ExitCode::SUCCESS)
}

/// Name and text of the suite, which has to be one and the same.
fn suite_of(dirs: &[PathBuf]) -> Result<(String, String), Failure> {
    let mut found: Option<(&Path, String)> = None;
    for dir in dirs {
        let file = dir.join("suite.toml");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
        match &found {
            Some((first, known)) if *known != text => {
                let changes = flatbench_runner::suite::differences(known, &text).join("\n  ");
                let (first, dir) = (first.display(), dir.display());
                return Err(Failure::usage(format!("{first} and {dir} were made with different suites:\n  {changes}")));
            }
            Some(_) => {}
            None => found = Some((dir, text)),
        }
    }
    let Some((dir, text)) = found else { return Err(Failure::usage("no run directory was given")) };
    let source = flatbench_runner::suite::Source { path: "suite.toml", text: &text, data_root: dir };
    let name = flatbench_runner::suite::Suite::name_in(source);
    let name = name.ok_or_else(|| Failure::usage(format!("{}/suite.toml has no name", dir.display())))?;
    Ok((name, text))
}

/// The environment of the first directory, with the plugins of all.
fn environment(dirs: &[PathBuf]) -> Result<Environment, Failure> {
    let mut joined: Option<Environment> = None;
    for dir in dirs {
        let file = dir.join("environment.json");
        let wrong = |reason: String| Failure::usage(format!("cannot use {}: {reason}", file.display()));
        let bytes = std::fs::read(&file).map_err(|error| wrong(error.to_string()))?;
        let environment: Environment = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let environment = environment.outside(dir);
        match &mut joined {
            None => joined = Some(environment),
            Some(joined) => {
                for (name, plugin) in environment.plugins {
                    joined.plugins.entry(name).or_insert(plugin);
                }
            }
        }
    }
    joined.ok_or_else(|| Failure::usage("no run directory was given"))
}

/// One key means one result; only how long it took may differ, and whether a machine was too slow or broke down.
fn refuse_contradiction(known: &Record, first: &Path, other: &Record, second: &Path) -> Result<(), Failure> {
    if known.result.outcome != Outcome::Completed || other.result.outcome != Outcome::Completed {
        if known.result.outcome == other.result.outcome {
            return Ok(());
        }
    } else if sameness::of_records(known, other).is_empty() {
        return Ok(());
    }
    let what = match sameness::of_records(known, other).first() {
        Some(difference) => difference.clone(),
        None => "the outcomes differ".to_owned(),
    };
    Err(Failure::usage(format!(
        "{} and {} contradict each other on the run {} ({} on {}): {what} (results are bit-identical on machines with the \
         same instruction set alone: remove one of the two records)",
        first.display(),
        second.display(),
        known.key,
        known.optimizer,
        known.case
    )))
}
