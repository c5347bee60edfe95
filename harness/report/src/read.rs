//! A run directory as it lies on disk, torn lines and all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use flatbench_records::directory::{
    Beside, FlawKind, PACKED_TRAJECTORIES, RecordsFile, TRIALS, Trajectories, count_records, records_name, scan_file,
    trajectory_file, trials, trials_file,
};
use flatbench_records::{Environment, FORMAT, FamilyDescription, Published, Record, Rule, Split};
use serde::Deserialize;

use crate::order::in_suite_order;
use crate::study::Study;
use crate::{Complaint, Error, Input, Source, beside, data};

/// Records beyond which what is shown of single ones alone is not kept in memory.
const MANY: usize = 20_000;

/// Complaints about single lines that are kept; further ones are counted.
const COMPLAINTS_KEPT: usize = 20;

/// Reads run directories. `directories` pairs each with the name that commands in the report give it; `families` is the
/// catalogue that the report takes its word on families from.
///
/// Lines of `records.jsonl` that are torn, foreign or of a newer format, and unreadable side files, become
/// [`Complaint`]s. Of records with the same key the first counts, in one directory and across them.
///
/// # Errors
/// No directory, no `records.jsonl`, or nothing but records of a newer format.
pub fn read(directories: &[(&Path, &str)], families: &[FamilyDescription]) -> Result<Input, Error> {
    read_beside(directories, &[], families)
}

/// [`read()`] with runs of further directories that stand `beside` those of the study: those that pair with one of its own. What cannot
/// be read of these becomes a [`Complaint`].
///
/// # Errors
/// As [`read()`].
pub fn read_beside(
    directories: &[(&Path, &str)],
    beside: &[Beside],
    families: &[FamilyDescription],
) -> Result<Input, Error> {
    if directories.is_empty() {
        return Err(Error::Nothing);
    }
    let mut sources =
        directories.iter().map(|(path, name)| source(path, name, families)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    let several = sources.len() > 1;
    for source in sources.iter_mut().filter(|_| several) {
        let before = source.records.len();
        source.records.retain(|record| seen.insert(record.key.clone()));
        let repeated = before - source.records.len();
        if repeated > 0 {
            source.complaints.push(Complaint {
                place: format!("{}/{}", source.directory, records_name(Path::new(&source.directory))),
                problem: format!("{repeated} runs are also in an earlier directory and are counted once"),
            });
        }
    }
    sources.extend(beside::sources(&sources, beside, families));
    let paths: Vec<&Path> =
        directories.iter().map(|(path, _)| *path).chain(beside.iter().map(|one| one.directory.as_path())).collect();
    let mut input = Input { families: families.to_vec(), sources, trajectories: BTreeMap::new() };
    let wanted: Vec<(String, usize)> = {
        let study = Study::new(&input);
        let drawn = data::wanted_trajectories(&study).into_iter().map(|run| (run.record.key.clone(), run.source));
        // What a setting chosen by `train` scored stands in no record.
        let scored = study.runs.iter().filter(|run| {
            let rule = input.sources[run.source].selection.as_deref();
            run.record.split == Split::Tuning && rule == Some(Rule::Train.name())
        });
        drawn.chain(scored.map(|run| (run.record.key.clone(), run.source))).collect()
    };
    trajectories(&mut input, &paths, wanted)?;
    Ok(input)
}

/// Reads the trajectories of runs, given by key and number of the directory.
fn trajectories(input: &mut Input, paths: &[&Path], wanted: Vec<(String, usize)>) -> Result<(), Error> {
    let mut opened = Vec::new();
    for (path, source) in paths.iter().zip(&mut input.sources) {
        opened.push(match Trajectories::open(path) {
            Ok(kept) => Some(kept),
            Err(problem) if is_about_contents(&problem) => {
                complain(&mut source.complaints, PACKED_TRAJECTORIES.to_owned(), problem.to_string());
                None
            }
            Err(problem) => return Err(Error::Read { path: path.join(PACKED_TRAJECTORIES), source: problem }),
        });
    }
    for (key, index) in wanted {
        let Some(kept) = &opened[index] else { continue };
        match kept.of(&key) {
            Ok(Some(trajectory)) => {
                input.trajectories.insert(key, trajectory);
            }
            Ok(None) => {}
            Err(problem) if !is_about_contents(&problem) => {
                let path = trajectory_file(paths[index], &key);
                return Err(Error::Read { path, source: problem });
            }
            Err(problem) => {
                let place = trajectory_file(Path::new(&input.sources[index].directory), &key).display().to_string();
                complain(&mut input.sources[index].complaints, place, problem.to_string());
            }
        }
    }
    Ok(())
}

/// The trials of the search that found the settings of a directory, where it has them.
fn search(path: &Path, source: &mut Source) -> Result<(), Error> {
    match trials(path) {
        Ok(found) => source.trials = found.unwrap_or_default(),
        Err(problem) if is_about_contents(&problem) => {
            let file = trials_file(path).ok().flatten();
            let name = file.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
            complain(&mut source.complaints, name, problem.to_string());
        }
        Err(problem) => return Err(Error::Read { path: path.join(TRIALS), source: problem }),
    }
    Ok(())
}

/// Whether a file was read and is not what it should be; otherwise the disk made trouble, and the next reading may go well.
fn is_about_contents(problem: &std::io::Error) -> bool {
    matches!(problem.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

fn complain(complaints: &mut Vec<Complaint>, place: String, problem: String) {
    if complaints.len() < COMPLAINTS_KEPT {
        complaints.push(Complaint { place, problem });
    } else if complaints.len() == COMPLAINTS_KEPT {
        complaints.push(Complaint { place: "and more".to_owned(), problem: "further ones are not listed".to_owned() });
    }
}

pub(crate) fn source(path: &Path, name: &str, families: &[FamilyDescription]) -> Result<Source, Error> {
    let mut source = Source { directory: name.to_owned(), ..Source::default() };
    records(path, families, &mut source)?;
    suite(path, &mut source)?;
    search(path, &mut source)?;
    let file = path.join("environment.json");
    match fs::read(&file) {
        Ok(bytes) => match serde_json::from_slice::<Environment>(&bytes) {
            Ok(environment) => {
                if !environment.parts.is_empty() {
                    in_suite_order(path, &mut source.records);
                }
                source.environment = Some(environment);
            }
            Err(error) => complain(&mut source.complaints, "environment.json".to_owned(), error.to_string()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            complain(&mut source.complaints, "environment.json".to_owned(), "is missing".to_owned());
        }
        Err(error) => return Err(Error::Read { path: file, source: error }),
    }
    Ok(source)
}

fn records(path: &Path, families: &[FamilyDescription], source: &mut Source) -> Result<(), Error> {
    let name = records_name(path);
    let file = path.join(name);
    let trouble = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::NoRecords { path: path.to_owned() },
        _ => Error::Read { path: file.clone(), source: error },
    };
    let opened = RecordsFile::open(path).map_err(trouble)?;
    let lines = count_records(path).map_err(trouble)?;
    source.records.reserve_exact(lines + 1);
    let (mut newer, mut newest) = (0, 0);
    scan_file(&opened, None, &mut |line| {
        let problem = match line.found {
            Ok(mut record) => {
                if lines > MANY {
                    slim(&mut record, families);
                }
                source.records.push(*record);
                return Ok(());
            }
            Err(FlawKind::Empty) => return Ok(()),
            Err(FlawKind::Torn) => {
                "is torn: the run was interrupted while writing it (run again to continue)".to_owned()
            }
            Err(FlawKind::Corrupt(_)) => "is not a record".to_owned(),
            Err(FlawKind::Foreign(suite)) => format!("is a record of the suite {suite}"),
            Err(FlawKind::Duplicate(first)) => format!("has the key of line {first}, which counts"),
            Err(FlawKind::Newer(format)) => {
                newer += 1;
                newest = newest.max(format);
                format!("has format {format}, newer than {FORMAT} (use a newer flatbench)")
            }
        };
        complain(&mut source.complaints, format!("{name}:{}", line.number), problem);
        Ok(())
    })
    .map_err(trouble)?;
    if source.records.is_empty() && newer > 0 {
        return Err(Error::Newer { path: file, count: newer, found: newest });
    }
    Ok(())
}

/// Drops what a report of many records shows of none of them, and half of their memory: what relative hyper-parameters came to, lists,
/// and parameters of families that no axis is made of.
fn slim(record: &mut Record, families: &[FamilyDescription]) {
    let amount = families.iter().find(|family| family.name == record.family).and_then(|family| family.amount.as_ref());
    record.family_parameters.retain(|name, _| amount.is_some_and(|amount| amount.parameter == *name));
    let result = &mut record.result;
    result.resolved.clear();
    let limit = result.limit.iter_mut().map(|limit| &mut limit.metrics);
    for metrics in result.start.iter_mut().chain(&mut result.iterate).chain(limit) {
        metrics.singular_values = Vec::new();
    }
}

/// What a report uses of a resolved suite.
#[derive(Deserialize)]
struct Suite {
    name: Option<String>,
    description: Option<String>,
    baseline: Option<String>,
    tuning: Option<Tuning>,
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
    #[serde(default)]
    published: Vec<Published>,
}

#[derive(Deserialize)]
struct Tuning {
    rule: Option<String>,
}

#[derive(Deserialize)]
struct Case {
    name: Option<String>,
}

fn suite(path: &Path, source: &mut Source) -> Result<(), Error> {
    let file = path.join("suite.toml");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound || is_about_contents(&error) => return Ok(()),
        Err(error) => return Err(Error::Read { path: file, source: error }),
    };
    match toml::from_str::<Suite>(&text) {
        Ok(suite) => {
            source.name = suite.name;
            source.description = suite.description;
            source.baseline = suite.baseline;
            source.selection = suite.tuning.and_then(|t| t.rule);
            source.published = suite.published;
            source.cases = suite.cases.into_iter().filter_map(|c| c.name).collect();
        }
        Err(error) => complain(&mut source.complaints, "suite.toml".to_owned(), error.message().to_owned()),
    }
    Ok(())
}
