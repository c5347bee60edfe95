use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use flatbench_records::{Outcome, Record};

use super::Arguments;
use super::check::Check;
use super::closeness;
use crate::output::errln;
use crate::rerun::{Rebuilt, Rerun};
use crate::status::Failure;
use crate::{sameness, workers};

/// Runs a random sample of the completed runs of a directory again, and compares bit for bit; within tolerances where the instruction sets
/// differ.
pub fn checks(dir: &Path, arguments: &Arguments, workers: usize, keep: &mut dyn FnMut(Check)) -> Result<(), Failure> {
    let rerun = Rerun::open(dir, &arguments.plugins, arguments.json, arguments.rebuilt)?;
    if !arguments.json {
        rerun.rebuilt.iter().for_each(|Rebuilt { name, was, is }| {
            errln!("{name}: library {is}, built anew, runs in the place of {was}");
        });
        if let Some(text) = &rerun.other_processor {
            errln!("{text}; compared within tolerances");
        }
    }
    let completed: Vec<&Record> =
        rerun.records.iter().filter(|record| record.result.outcome == Outcome::Completed).collect();
    let (mut possible, other): (Vec<&Record>, Vec<&Record>) =
        completed.into_iter().partition(|record| rerun.can_repeat(&record.key));
    if let (Some(record), false) = (other.first(), arguments.json) {
        errln!("{} of the completed runs cannot be repeated: {}", other.len(), rerun.obstacle(record));
    }
    if possible.is_empty() {
        let reason = other.first().map_or("it has no completed run".to_owned(), |record| rerun.obstacle(record));
        return Err(Failure::usage(format!("nothing in {} can be repeated: {reason}", dir.display())));
    }
    let random = RandomState::new();
    possible.sort_by_key(|record| random.hash_one(&record.key));
    possible.truncate(arguments.sample.get());

    let keys: Vec<&str> = possible.iter().map(|record| record.key.as_str()).collect();
    let settings = workers::settings(workers, rerun.time_limit(), rerun.measuring_limit())?;
    let ended = workers::supervised(rerun.jobs(&keys, workers), &settings, false)?;
    for record in possible {
        let name = format!(
            "{} {} #{} {} ({})",
            record.case,
            record.init.name(),
            record.repetition,
            record.optimizer,
            record.key
        );
        let Some(again) = ended.get(&record.key) else {
            keep(Check::new(name, false, "the worker ended without reporting the run", &[]));
            continue;
        };
        let rebuilt = match rerun.rebuilt.iter().find(|rebuilt| rebuilt.was == record.plugin_hash) {
            Some(Rebuilt { is, .. }) => format!(", by the rebuilt library {is}"),
            None => String::new(),
        };
        if rerun.other_processor.is_some() {
            keep(closeness::check(name, &record.result, &again.result, &rebuilt));
            continue;
        }
        let mut differences = sameness::of_result(&record.result, &again.result);
        if let (Some(was), Some(is)) = (rerun.trajectory(&record.key)?, &again.trajectory) {
            differences.extend(sameness::of_trajectory(&was, is));
        }
        let detail = match differences.first() {
            None => format!("every number equals the record's, bit for bit (timings aside){rebuilt}"),
            Some(first) => format!("{} numbers differ{rebuilt}, the first: {first}", differences.len()),
        };
        let count = differences.len() as f64;
        keep(Check::new(name, differences.is_empty(), detail, &[("differences", count)]));
    }
    Ok(())
}
