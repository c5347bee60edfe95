//! The suite that all directories have to be of. A data file is what is in it, wherever it lies and however it is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::Environment;
use flatbench_runner::Catalog;
use flatbench_runner::suite::{Source, Suite, differences, without_places};

use crate::catalog::Families;
use crate::status::Failure;

/// A suite of a run directory.
pub struct Resolved {
    pub name: String,
    pub text: String,
}

/// Reads the suite of every directory, which has to be one and the same; of those texts, the first one whose data files are here.
pub fn one(directories: &[(&Path, &Environment)]) -> Result<Resolved, Failure> {
    let families = Families::new();
    // Older directories do not tell what was in their files: then the path has to do.
    let hash = |environment: &Environment, case: &str| environment.data.get(case).and_then(|data| data.hash.clone());
    let is_known = |case: &str| directories.iter().all(|(_, environment)| hash(environment, case).is_some());
    let mut first: Option<(usize, String, BTreeMap<String, PathBuf>)> = None;
    let mut chosen: Option<(bool, &Path, String)> = None;
    for (index, &(directory, environment)) in directories.iter().enumerate() {
        let file = directory.join("suite.toml");
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
        let (plain, files) = without_places(&text, families.families(), &is_known);
        let are_here = files.values().all(|file| file.exists());
        if chosen.as_ref().is_none_or(|(here, ..)| are_here && !here) {
            chosen = Some((are_here, directory, text));
        }
        let Some((other, known, other_files)) = &first else {
            first = Some((index, plain, files));
            continue;
        };
        let Some((other, other_environment)) = directories.get(*other) else { continue };
        let names = format!("{} and {}", other.display(), directory.display());
        if *known != plain {
            let changes = differences(known, &plain).join("\n  ");
            return Err(Failure::usage(format!("{names} were made with different suites:\n  {changes}")));
        }
        let differs = |case: &&String| is_known(case) && hash(other_environment, case) != hash(environment, case);
        if let Some(case) = files.keys().find(differs) {
            let place = |files: &BTreeMap<String, PathBuf>| files.get(case).cloned().unwrap_or_default();
            return Err(Failure::usage(format!(
                "{names} were made with different data for the case `{case}`: {} and {} have different contents",
                place(other_files).display(),
                place(&files).display()
            )));
        }
    }
    let Some((_, directory, text)) = chosen else { return Err(Failure::usage("no run directory was given")) };
    let source = Source { path: "suite.toml", text: &text, data_root: directory };
    let name = Suite::name_in(source);
    let name = name.ok_or_else(|| Failure::usage(format!("{}/suite.toml has no name", directory.display())))?;
    Ok(Resolved { name, text })
}
