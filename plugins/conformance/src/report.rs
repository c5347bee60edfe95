use std::fmt;
use std::path::{Path, PathBuf};

use flatbench_plugin::host::Description;

use crate::check;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The plugin has the property.
    Passed,
    /// It does not.
    Failed,
    /// The property means nothing for this plugin, or could not be looked at; the detail says why.
    Skipped,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Skipped => "skipped",
        })
    }
}

/// One property and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Name of the property, such as `deterministic`.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to change; present where it failed.
    pub remedy: Option<String>,
}

impl Check {
    pub(crate) fn passed(name: &'static str, detail: impl Into<String>) -> Self {
        Check { name, verdict: Verdict::Passed, detail: detail.into(), remedy: None }
    }

    pub(crate) fn skipped(name: &'static str, detail: impl Into<String>) -> Self {
        Check { name, verdict: Verdict::Skipped, detail: detail.into(), remedy: None }
    }

    pub(crate) fn failed(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Check { name, verdict: Verdict::Failed, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// All checks on one library.
#[derive(Clone, Debug)]
pub struct Report {
    /// The library, as given.
    pub library: PathBuf,
    /// What the plugin says about itself, if it could be loaded.
    pub description: Option<Description>,
    /// In the order in which they were made. If the first one (`loads`) fails, there are no others.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether no check failed.
    pub fn conforms(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Failed)
    }
}

/// One line per check, and one more with the remedy below each that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(plugin) => writeln!(f, "{} {} ({})", plugin.name, plugin.version, self.library.display())?,
            None => writeln!(f, "{}", self.library.display())?,
        }
        for check in &self.checks {
            writeln!(f, "  {:7}  {:23}  {}", check.verdict, check.name, check.detail)?;
            if let Some(remedy) = &check.remedy {
                writeln!(f, "  {:7}  {:23}  → {remedy}", "", "")?;
            }
        }
        Ok(())
    }
}

/// Panics with the report unless the library conforms.
///
/// # Panics
/// If a check fails.
#[track_caller]
pub fn assert_conforms(library: impl AsRef<Path>) {
    let report = check(library);
    assert!(report.conforms(), "the plugin does not conform\n{report}");
    println!("{report}");
}
