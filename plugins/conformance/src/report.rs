use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::check;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Name of the property, such as `deterministic`.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to change; present where it failed.
    pub remedy: Option<String>,
}

impl Check {
    pub(crate) fn passed(name: &str, detail: impl Into<String>) -> Self {
        Check { name: name.to_owned(), verdict: Verdict::Passed, detail: detail.into(), remedy: None }
    }

    pub(crate) fn skipped(name: &str, detail: impl Into<String>) -> Self {
        Check { name: name.to_owned(), verdict: Verdict::Skipped, detail: detail.into(), remedy: None }
    }

    /// A property that the plugin lacks, and what to change.
    pub fn failed(name: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Check { name: name.to_owned(), verdict: Verdict::Failed, detail: detail.into(), remedy }
    }
}

/// What happens while a library is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// The check of that name begins.
    Begins(String),
    /// It is done.
    Ended(Check),
    /// All are done.
    Over,
}

/// All checks on one library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The library, as given.
    #[serde(with = "flatbench_records::path")]
    pub library: PathBuf,
    /// In the order in which they were made. If the first one (`loads`) fails, there are no others.
    pub checks: Vec<Check>,
    /// The check that has begun and not ended.
    #[serde(skip)]
    pub under_way: Option<String>,
    /// Whether all checks are done.
    #[serde(skip)]
    pub over: bool,
}

impl Report {
    /// Nothing found yet.
    pub fn new(library: &Path) -> Self {
        Report { library: library.to_owned(), checks: Vec::new(), under_way: None, over: false }
    }

    /// Takes down what happened.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Begins(name) => self.under_way = Some(name),
            Event::Ended(check) => {
                self.under_way = None;
                self.checks.push(check);
            }
            Event::Over => self.over = true,
        }
    }

    /// Whether all checks were made and none failed.
    pub fn conforms(&self) -> bool {
        self.over && self.checks.iter().all(|check| check.verdict != Verdict::Failed)
    }
}

/// One line per check, and one more with the remedy below each that failed.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.library.display())?;
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
    #[expect(clippy::print_stdout, reason = "a test prints, and `cargo test -- --nocapture` shows it")]
    {
        println!("{report}");
    }
}
