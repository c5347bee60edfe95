use serde::{Deserialize, Serialize};

use crate::metric::Access;
use crate::{Init, METRICS, Point};

/// A number that a paper gives for what a suite repeats: one `[[published]]` of the suite, set beside what was found here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// What the number is, in a few words.
    pub what: String,
    /// Where it stands: authors, year, table or figure.
    pub source: String,
    /// Name of a case, or of a series of them.
    pub case: String,
    /// Start, where it is that of one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
    /// Name of an optimizer of the suite.
    pub optimizer: String,
    /// The other optimizer, where the number is the ratio of the first one's metric to that of this one on the same instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Name of a metric, of which medians over instances are compared, or [`Published::RECOVERED`].
    pub metric: String,
    /// At which point of the runs.
    pub at: Point,
    /// The published number, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Where numbers agree with what was published: ends of an interval, which belong to it.
    pub range: [f64; 2],
    /// How the experiment here differs, and why the numbers do; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

impl Published {
    /// The word for the share of runs that recovered the truth.
    pub const RECOVERED: &str = "recovered";

    /// Words that `metric` may be.
    pub fn metrics() -> impl Iterator<Item = &'static str> + Clone {
        let numbers = METRICS.iter().filter(|metric| matches!(metric.of, Access::Number(_)));
        numbers.map(|metric| metric.name).chain([Self::RECOVERED])
    }

    /// Whether it is about a case of this name.
    pub fn is_about(&self, case: &str) -> bool {
        // Cases of a series are named NAME-KEY=VALUE.
        let of_series = |rest: &str| rest.starts_with('-') && rest.contains('=');
        case.strip_prefix(self.case.as_str()).is_some_and(|rest| rest.is_empty() || of_series(rest))
    }
}
