//! The suites that come with flatbench: part of the binary, so that an installed one has them.

use std::path::{Path, PathBuf};

use flatbench_runner::suite::{Source, Suite, suggestion};

use crate::status::Failure;

/// A built-in suite.
pub struct BuiltIn {
    /// Name, as given to `flatbench run`.
    pub name: &'static str,
    /// Its TOML.
    pub text: &'static str,
}

/// All of them.
pub const BUILT_IN: [BuiltIn; 7] = [
    BuiltIn { name: "quick", text: include_str!("../../suites/quick.toml") },
    BuiltIn { name: "default", text: include_str!("../../suites/default.toml") },
    BuiltIn { name: "paper", text: include_str!("../../suites/paper.toml") },
    BuiltIn { name: "depth", text: include_str!("../../suites/depth.toml") },
    BuiltIn { name: "sharpness", text: include_str!("../../suites/sharpness.toml") },
    BuiltIn { name: "landscape", text: include_str!("../../suites/landscape.toml") },
    BuiltIn { name: "phase", text: include_str!("../../suites/phase.toml") },
];

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
    let names = BUILT_IN.map(|built_in| built_in.name).join(", ");
    if path.extension().is_none() && !path.exists() {
        let known = suggestion(suite, BUILT_IN.iter().map(|built_in| built_in.name));
        return Err(Failure::usage(format!("no suite `{suite}` ({known}; or give the path of a .toml file)")));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the suite {suite}: {error} (known suites: {names})")))?;
    let folder = here.join(path.parent().unwrap_or(Path::new("")));
    Ok(SuiteText { path: suite.to_owned(), text, data_root: folder })
}
