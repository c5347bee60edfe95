use crate::suite::Suite;

/// The part of a suite that is to be run. Names have been checked against the suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    optimizers: Vec<String>,
    families: Vec<String>,
}

/// A name that the suite does not know, or nothing left.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No such optimizer or family in the suite.
    #[error("the suite `{suite}` has no {kind} `{name}` ({suggestion})")]
    Unknown {
        /// "optimizer" or "family".
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// Suite.
        suite: String,
        /// Nearest name and those known.
        suggestion: String,
    },
}

impl Filter {
    /// Keeps the named optimizers and families; an empty list keeps all.
    ///
    /// # Errors
    /// A name that is not in the suite, with the nearest one.
    pub fn new(suite: &Suite, optimizers: &[String], families: &[String]) -> Result<Self, FilterError> {
        let check = |kind: &'static str, wanted: &[String], known: Vec<&str>| {
            for name in wanted {
                if !known.contains(&name.as_str()) {
                    let suggestion = crate::suite::suggestion(name, known.iter().copied());
                    return Err(FilterError::Unknown {
                        kind,
                        name: name.clone(),
                        suite: suite.name.clone(),
                        suggestion,
                    });
                }
            }
            Ok(())
        };
        check("optimizer", optimizers, suite.optimizers.iter().map(|optimizer| optimizer.name.as_str()).collect())?;
        let mut known: Vec<&str> = suite.cases.iter().map(|case| case.family.as_str()).collect();
        known.dedup();
        check("family", families, known)?;
        Ok(Filter { optimizers: optimizers.to_vec(), families: families.to_vec() })
    }

    pub(crate) fn keeps(&self, optimizer: &str, family: &str) -> bool {
        let listed = |names: &[String], name: &str| names.is_empty() || names.iter().any(|kept| kept == name);
        listed(&self.optimizers, optimizer) && listed(&self.families, family)
    }
}
