use crate::suite::Suite;

/// The part of a suite that is to be run. Names have been checked against the suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    optimizers: Vec<String>,
    families: Vec<String>,
    shard: Option<Shard>,
}

/// One of several equal parts of a plan, so that several machines can share a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Part `index` of `count`, from 1. `None` where there is no such part.
    pub fn new(index: usize, count: usize) -> Option<Self> {
        (1..=count).contains(&index).then(|| Shard { index: index - 1, count })
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
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
        Ok(Filter { optimizers: optimizers.to_vec(), families: families.to_vec(), shard: None })
    }

    /// Keeps one part of what is kept so far.
    pub fn with_shard(self, shard: Shard) -> Self {
        Filter { shard: Some(shard), ..self }
    }

    /// The part that is kept, where it is one of several.
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Whether the runs of an optimizer in a starting regime of a case belong to the part. All settings and repetitions of
    /// the three go together, so that tuning needs no other part; neighbours go to different parts.
    pub(crate) fn is_in_shard(&self, regime: usize, optimizer: usize) -> bool {
        self.shard.is_none_or(|shard| (regime + optimizer) % shard.count == shard.index)
    }

    pub(crate) fn keeps(&self, optimizer: &str, family: &str) -> bool {
        let listed = |names: &[String], name: &str| names.is_empty() || names.iter().any(|kept| kept == name);
        listed(&self.optimizers, optimizer) && listed(&self.families, family)
    }
}
