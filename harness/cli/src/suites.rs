//! The suites that come with flatbench: part of the binary, so that an installed one has them.

use std::path::{Path, PathBuf};

use flatbench_runner::suite::{Source, Suite, nearest, suggestion};

use crate::status::Failure;

/// A built-in suite.
pub struct BuiltIn {
    /// Name, as given to `flatbench run`.
    pub name: &'static str,
    /// Its TOML.
    pub text: &'static str,
}

/// All of them.
pub const BUILT_IN: [BuiltIn; 17] = [
    BuiltIn { name: "quick", text: include_str!("../../suites/quick.toml") },
    BuiltIn { name: "default", text: include_str!("../../suites/default.toml") },
    BuiltIn { name: "paper", text: include_str!("../../suites/paper.toml") },
    BuiltIn { name: "depth", text: include_str!("../../suites/depth.toml") },
    BuiltIn { name: "sharpness", text: include_str!("../../suites/sharpness.toml") },
    BuiltIn { name: "landscape", text: include_str!("../../suites/landscape.toml") },
    BuiltIn { name: "robust", text: include_str!("../../suites/robust.toml") },
    BuiltIn { name: "phase", text: include_str!("../../suites/phase.toml") },
    BuiltIn { name: "sweep", text: include_str!("../../suites/sweep.toml") },
    BuiltIn { name: "ding2024", text: include_str!("../../suites/papers/ding2024.toml") },
    BuiltIn { name: "gatmiry2023", text: include_str!("../../suites/papers/gatmiry2023.toml") },
    BuiltIn { name: "wen2023", text: include_str!("../../suites/papers/wen2023.toml") },
    BuiltIn { name: "damian2021", text: include_str!("../../suites/papers/damian2021.toml") },
    BuiltIn { name: "cohen2021", text: include_str!("../../suites/papers/cohen2021.toml") },
    BuiltIn { name: "oymak2019", text: include_str!("../../suites/papers/oymak2019.toml") },
    BuiltIn { name: "singh2026", text: include_str!("../../suites/papers/singh2026.toml") },
    BuiltIn { name: "tong2021", text: include_str!("../../suites/papers/tong2021.toml") },
];

/// Files of a folder that are named where one of them is missing.
const MOST: usize = 8;

/// The text of a suite and where it came from.
pub struct SuiteText {
    /// As it is named in mistakes.
    pub path: String,
    /// Its TOML.
    pub text: String,
    /// Folder that data files are relative to.
    pub data_root: PathBuf,
}

/// The name that a suite gives itself, if it does.
pub fn name(suite: &str) -> Result<Option<String>, Failure> {
    let text = find(suite)?;
    Ok(Suite::name_in(Source { path: &text.path, text: &text.text, data_root: &text.data_root }))
}

/// Finds a suite by its name, or by the path of a file.
pub fn find(suite: &str) -> Result<SuiteText, Failure> {
    let here = std::env::current_dir().map_err(Failure::trouble)?;
    if let Some(built_in) = BUILT_IN.iter().find(|built_in| built_in.name == suite) {
        let path = format!("suites/{suite}.toml (built in)");
        return Ok(SuiteText { path, text: built_in.text.to_owned(), data_root: here });
    }
    let path = Path::new(suite);
    let built_in = BUILT_IN.map(|built_in| built_in.name);
    if path.extension().is_none() && !path.exists() {
        let known = suggestion(suite, built_in);
        return Err(Failure::usage(format!("no suite `{suite}` ({known}; or give the path of a .toml file)")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        let files = beside(path);
        let mut known: Vec<&str> = files.iter().map(String::as_str).collect();
        known.extend(built_in);
        let known = suggestion(suite, known);
        Failure::usage(format!("cannot read the suite {suite}: {error} ({known})"))
    })?;
    let folder = here.join(path.parent().unwrap_or(Path::new("")));
    Ok(SuiteText { path: suite.to_owned(), text, data_root: folder })
}

/// The .toml files in the folder that a path leads into, as the path would name them.
fn beside(path: &Path) -> Vec<String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_toml = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "toml") && file.is_file();
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(here).into_iter().flatten().flatten();
    let files = entries.map(|entry| folder.join(entry.file_name())).filter(is_toml);
    let mut names: Vec<String> = files.map(|file| file.display().to_string()).collect();
    names.sort();
    // Of a folder full of others, the names would hide what is said.
    match nearest(&path.to_string_lossy(), names.iter().map(String::as_str)).map(str::to_owned) {
        Some(one) if names.len() > MOST => vec![one],
        None if names.len() > MOST => Vec::new(),
        _ => names,
    }
}
