use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Value;
use crate::words::words;

words! {
    /// Where a run starts. The harness draws the point; an optimizer cannot choose it.
    #[derive(Default)]
    pub enum Init {
        /// Independent Gaussian entries, their product of the order of the ground truth: no help from a small start.
        #[default]
        Large = "large",
        /// The same entries times 10⁻²: the regime in which plain gradient descent already tends to low rank.
        Small = "small",
        /// The same entries times a factor that the case gives: [`Case::init_scale`].
        Scaled = "scaled",
        /// The spectral estimate of the truth from the measurements, in balanced factors: the same for every draw of an instance's start.
        Spectral = "spectral",
        /// A point that a run ended at, or of a file.
        Given = "given",
    }
}

impl Init {
    /// Those of a case that names none, and those that have settings of their own.
    pub const STANDARD: [Init; 2] = [Init::Large, Init::Small];

    /// The word with the factor that its points are multiplied by, where there is one: `scaled × 1e-3`.
    pub fn times(self, factor: Option<f64>) -> String {
        match factor {
            Some(factor) if (1e-2..=1e2).contains(&factor) => format!("{self} × {factor}"),
            Some(factor) => format!("{self} × {factor:e}"),
            None => self.to_string(),
        }
    }
}

/// A family with all its sizes, a starting regime and a budget: what every optimizer is given alike.
///
/// Instances (ground truth, measurements, starting point) are drawn from a case by a seed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Name within the suite, without the starting regime.
    pub name: String,
    /// Family, as `flatbench list families` prints it.
    pub family: String,
    /// Every parameter of the family, defaults filled in.
    pub parameters: BTreeMap<String, Value>,
    /// Starting regime.
    pub init: Init,
    /// What the starting point is multiplied by, in [`Case::SCALES`]; `None` where `init` says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init_scale: Option<f64>,
    /// Budget of one run, in full-gradient equivalents, > 0.
    pub budget: f64,
    /// Loss at or below which a run ends, as a fraction of that at the start, in (0, 1); `None` where only the budget ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_at_loss: Option<f64>,
    /// Losses whose first crossing is measured, as fractions of that at the start, in (0, 1), the highest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crossings: Vec<f64>,
}

impl Case {
    /// Factors that a starting point may be multiplied by.
    pub const SCALES: std::ops::RangeInclusive<f64> = 1e-6..=10.0;
}

/// Sizes of a drawn instance, as they appear in a record.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimensions {
    /// Number of layers or factors, for families where it varies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Rows d1 of the end-to-end matrix (length, for a vector).
    pub rows: usize,
    /// Columns d2 of the end-to-end matrix (1, for a vector).
    pub cols: usize,
    /// Rank r of the ground truth (number of non-zeros, for a vector); `None` where the truth is unknown.
    pub rank: Option<usize>,
    /// Width k of the factorization.
    pub factor_rank: usize,
    /// Number of measurements m.
    pub measurements: usize,
    /// Number of parameters, the length of w.
    pub parameters: usize,
    /// m divided by the degrees of freedom of the truth; `None` where the truth is unknown.
    pub oversampling: Option<f64>,
}
