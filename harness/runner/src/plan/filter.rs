use flatbench_records::Split;

use super::division::{Division, TooManyParts};
use super::part::{Part, Place};
use super::shard::{Shard, Stage};
use crate::suite::Suite;

/// The part of a suite that is to be run. Names have been checked against the suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    optimizers: Vec<String>,
    families: Vec<String>,
    stage: Stage,
    part: Option<(Shard, Part)>,
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
        Ok(Filter { optimizers: optimizers.to_vec(), families: families.to_vec(), ..Filter::default() })
    }

    /// Keeps the runs of a stage.
    pub fn with_stage(self, stage: Stage) -> Self {
        Filter { stage, ..self }
    }

    /// Keeps one part of what is kept so far.
    ///
    /// # Errors
    /// More parts than runs.
    pub fn with_shard(self, suite: &Suite, shard: Shard) -> Result<Self, TooManyParts> {
        let division = Division::new(suite, &self, self.stage, shard.count())?;
        Ok(self.with_part(shard, &division))
    }

    /// Keeps one part of what is kept so far, of which `division` is one.
    pub fn with_part(self, shard: Shard, division: &Division) -> Self {
        Filter { part: Some((shard, division.part(shard))), ..self }
    }

    /// The part that is kept, where it is one of several.
    pub fn shard(&self) -> Option<Shard> {
        self.part.as_ref().map(|(shard, _)| *shard)
    }

    /// Optimizers and families that are kept; all where there are none.
    pub(super) fn names(&self) -> (&[String], &[String]) {
        (&self.optimizers, &self.families)
    }

    /// Which runs of the suite are kept.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether there may be runs of (case, start) number `regime`.
    pub(super) fn reaches(&self, split: Split, regime: usize) -> bool {
        let in_stage = self.stage != Stage::Tuning || split == Split::Tuning;
        in_stage && self.part.as_ref().is_none_or(|(_, part)| part.reaches(regime))
    }

    /// Whether a run belongs to the part.
    pub(super) fn is_in_part(&self, split: Split, place: Place) -> bool {
        self.part.as_ref().is_none_or(|(_, part)| part.has(self.stage, split, place))
    }

    pub(crate) fn keeps(&self, optimizer: &str, family: &str) -> bool {
        let listed = |names: &[String], name: &str| names.is_empty() || names.iter().any(|kept| kept == name);
        listed(&self.optimizers, optimizer) && listed(&self.families, family)
    }
}
