use serde::{Deserialize, Serialize};

/// What is measured of a run beyond what is measured of every run: `[measure]` of a suite. By default nothing is.
///
/// It decides nothing of what an optimizer does, and is part of the key of a record, as it decides what the record holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Measure {
    /// Moments along the run, besides those of every run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<Spacing>,
    /// The zero-loss point nearest to the start, from the limit of the run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nearest: bool,
    /// All eigenvalues of ∇²f at iterate and limit, and tr √diag(∇²f), of problems with at most [`Measure::MOST_PARAMETERS`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub spectrum: bool,
}

impl Measure {
    /// Parameters up to which ∇²f is written down.
    pub const MOST_PARAMETERS: usize = 1000;

    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Checkpoints at equal distances in what is spent, from the start to the budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Spacing {
    /// So many over the budget.
    Number(u32),
    /// One whenever so many full-gradient equivalents are spent.
    #[serde(rename_all = "kebab-case")]
    Every {
        /// Full-gradient equivalents, > 0.
        every: f64,
    },
}

impl Spacing {
    /// Most checkpoints that a run may be asked for.
    pub const MOST: u32 = 10_000;

    /// Distance between two of them in a run of this budget, in full-gradient equivalents.
    pub fn every(self, budget: f64) -> f64 {
        match self {
            Spacing::Number(number) => budget / f64::from(number.max(1)),
            Spacing::Every { every } => every,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_leaves_no_trace() {
        assert_eq!(serde_json::to_string(&Measure::default()).expect("plain data"), "{}");
        for text in [r#"{"checkpoints":400}"#, r#"{"checkpoints":{"every":2.5}}"#] {
            let read: Measure = serde_json::from_str(text).expect("its own form");
            assert!(!read.is_default());
            assert_eq!(serde_json::to_string(&read).expect("plain data"), text);
        }
        assert_eq!((Spacing::Number(400).every(1e4), Spacing::Every { every: 2.5 }.every(1e4)), (25.0, 2.5));
    }
}
