use std::collections::BTreeMap;

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What should hold.
    pub name: String,
    /// Whether it does.
    pub passed: bool,
    /// What was found and what is allowed, in words.
    pub detail: String,
    /// The numbers behind it.
    pub numbers: BTreeMap<String, f64>,
}

impl Check {
    /// A check with its numbers; those that are not finite are left out, since JSON has none.
    pub fn new(name: impl Into<String>, passed: bool, detail: impl Into<String>, numbers: &[(&str, f64)]) -> Self {
        let finite = numbers.iter().filter(|(_, value)| value.is_finite());
        Check {
            name: name.into(),
            passed,
            detail: detail.into(),
            numbers: finite.map(|&(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  {}\n      {}", if self.passed { "pass" } else { "FAIL" }, self.name, self.detail)
    }
}
