//! A run directory as it lies on disk, torn lines and all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use flatbench_records::{Environment, FORMAT, Record, Trajectory};
use serde::Deserialize;

use crate::study::Study;
use crate::{Complaint, Error, Input, Source, data};

/// Complaints about single lines that are kept; further ones are counted.
const COMPLAINTS_KEPT: usize = 20;

/// Reads run directories. `directories` pairs each with the name that commands in the report give it.
///
/// Lines of `records.jsonl` that are torn, foreign or of a newer format, and unreadable side files, become
/// [`Complaint`]s. Of records with the same key in one directory the last counts, across directories the first.
///
/// # Errors
/// No directory, no `records.jsonl`, or nothing but records of a newer format.
pub fn read(directories: &[(&Path, &str)]) -> Result<Input, Error> {
    if directories.is_empty() {
        return Err(Error::Nothing);
    }
    let mut sources = directories.iter().map(|(path, name)| source(path, name)).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    for source in &mut sources {
        let before = source.records.len();
        source.records.retain(|record| seen.insert(record.key.clone()));
        let repeated = before - source.records.len();
        if repeated > 0 {
            source.complaints.push(Complaint {
                place: format!("{}/records.jsonl", source.directory),
                problem: format!("{repeated} runs are also in an earlier directory and are counted once"),
            });
        }
    }
    let mut input = Input { sources, trajectories: BTreeMap::new() };
    let wanted: Vec<(String, usize)> = {
        let study = Study::new(&input);
        data::wanted_trajectories(&study).into_iter().map(|run| (run.record.key.clone(), run.source)).collect()
    };
    for (key, index) in wanted {
        match trajectory(directories[index].0, &key) {
            Ok(Some(trajectory)) => {
                input.trajectories.insert(key, trajectory);
            }
            Ok(None) => {}
            Err(problem) => {
                let place = format!("{}/trajectories/{key}.json", input.sources[index].directory);
                complain(&mut input.sources[index].complaints, place, problem);
            }
        }
    }
    Ok(input)
}

fn complain(complaints: &mut Vec<Complaint>, place: String, problem: String) {
    if complaints.len() < COMPLAINTS_KEPT {
        complaints.push(Complaint { place, problem });
    } else if complaints.len() == COMPLAINTS_KEPT {
        complaints.push(Complaint { place: "and more".to_owned(), problem: "further ones are not listed".to_owned() });
    }
}

fn source(path: &Path, name: &str) -> Result<Source, Error> {
    let mut source = Source { directory: name.to_owned(), ..Source::default() };
    records(path, &mut source)?;
    suite(path, &mut source);
    let file = path.join("environment.json");
    match fs::read(&file) {
        Ok(bytes) => match serde_json::from_slice::<Environment>(&bytes) {
            Ok(environment) => source.environment = Some(environment),
            Err(error) => complain(&mut source.complaints, "environment.json".to_owned(), error.to_string()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            complain(&mut source.complaints, "environment.json".to_owned(), "is missing".to_owned());
        }
        Err(error) => return Err(Error::Read { path: file, source: error }),
    }
    Ok(source)
}

fn records(path: &Path, source: &mut Source) -> Result<(), Error> {
    let file = path.join("records.jsonl");
    let bytes = fs::read(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::NoRecords { path: path.to_owned() },
        _ => Error::Read { path: file.clone(), source: error },
    })?;
    let (mut newer, mut newest) = (0, 0);
    let mut place_of = HashMap::new();
    let mut lines = bytes.split(|b| *b == b'\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let last = lines.peek().is_none();
        let place = format!("records.jsonl:{}", number + 1);
        match serde_json::from_slice::<Record>(line) {
            Ok(record) if record.format <= FORMAT => match place_of.get(&record.key) {
                Some(&index) => source.records[index] = record,
                None => {
                    place_of.insert(record.key.clone(), source.records.len());
                    source.records.push(record);
                }
            },
            parsed => {
                let format = parsed.ok().map(|r| u64::from(r.format)).or_else(|| format_of(line));
                let problem = match format {
                    Some(format) if format > u64::from(FORMAT) => {
                        newer += 1;
                        newest = newest.max(format);
                        format!("has format {format}, newer than {FORMAT} (use a newer flatbench)")
                    }
                    Some(_) => "is not a record of this format".to_owned(),
                    None if last => {
                        "is torn: the run was interrupted while writing it (run again to continue)".to_owned()
                    }
                    None => "is not a record".to_owned(),
                };
                complain(&mut source.complaints, place, problem);
            }
        }
    }
    if source.records.is_empty() && newer > 0 {
        return Err(Error::Newer { path: file, count: newer, found: newest });
    }
    Ok(())
}

fn format_of(line: &[u8]) -> Option<u64> {
    serde_json::from_slice::<serde_json::Value>(line).ok()?.get("format")?.as_u64()
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
}

#[derive(Deserialize)]
struct Tuning {
    rule: Option<String>,
}

#[derive(Deserialize)]
struct Case {
    name: Option<String>,
}

fn suite(path: &Path, source: &mut Source) {
    let Ok(text) = fs::read_to_string(path.join("suite.toml")) else { return };
    match toml::from_str::<Suite>(&text) {
        Ok(suite) => {
            source.name = suite.name;
            source.description = suite.description;
            source.baseline = suite.baseline;
            source.selection = suite.tuning.and_then(|t| t.rule);
            source.cases = suite.cases.into_iter().filter_map(|c| c.name).collect();
        }
        Err(error) => complain(&mut source.complaints, "suite.toml".to_owned(), error.message().to_owned()),
    }
}

/// The course of a run; `None` if the run left none.
fn trajectory(path: &Path, key: &str) -> Result<Option<Trajectory>, String> {
    // A key is a hash. Anything else in its place must not become a path.
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Ok(None);
    }
    let bytes = match fs::read(path.join("trajectories").join(format!("{key}.json"))) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| error.to_string())
}
