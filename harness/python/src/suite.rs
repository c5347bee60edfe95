//! Suites as text.

use std::path::PathBuf;

use flatbench_cli::Families;
use flatbench_runner::suite::{Source, Suite};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// The TOML of a JSON object.
#[pyfunction]
pub fn to_toml(json: &str) -> PyResult<String> {
    let wrong = |error: String| PyValueError::new_err(error);
    let content: serde_json::Value = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    if let Some(place) = null(&content, "") {
        return Err(wrong(format!("{} is None (leave it out)", place.trim_start_matches('.'))));
    }
    toml::to_string(&content).map_err(|error| wrong(error.to_string()))
}

/// Where the first null is.
fn null(value: &serde_json::Value, place: &str) -> Option<String> {
    match value {
        serde_json::Value::Null => Some(place.to_owned()),
        serde_json::Value::Object(entries) => {
            entries.iter().find_map(|(key, value)| null(value, &format!("{place}.{key}")))
        }
        serde_json::Value::Array(entries) => {
            entries.iter().enumerate().find_map(|(index, value)| null(value, &format!("{place}[{index}]")))
        }
        _ => None,
    }
}

/// The TOML of a suite that comes with flatbench; None if there is none of this name.
#[pyfunction]
pub fn built_in_suite(name: &str) -> Option<&'static str> {
    flatbench_cli::BUILT_IN.iter().find(|suite| suite.name == name).map(|suite| suite.text)
}

/// What is wrong with a suite, as far as it can be said without its plugins: line and text of each mistake.
#[pyfunction]
pub fn check_suite(path: &str, text: &str, data_root: PathBuf) -> Vec<(usize, String)> {
    let source = Source { path, text, data_root: &data_root };
    match Suite::check(source, &Families::new(), &[], false) {
        Ok(_) => Vec::new(),
        Err(found) => found.mistakes.iter().map(|mistake| (found.line(mistake), in_words(mistake))).collect(),
    }
}

fn in_words(mistake: &flatbench_runner::suite::SuiteMistake) -> String {
    let extra: Vec<&str> =
        [&mistake.allowed, &mistake.help].into_iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    if extra.is_empty() { mistake.title.clone() } else { format!("{} ({})", mistake.title, extra.join("; ")) }
}
