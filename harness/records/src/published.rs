use serde::{Deserialize, Serialize};

use crate::metric::Access;
use crate::words::words;
use crate::{Init, METRICS, Metric, Point};

words! {
    /// A number that is not one of a point: of a whole run, or of all runs.
    pub enum Quantity {
        /// Share of runs that recovered the truth.
        Recovered = "recovered",
        /// Steps of the run, or until its loss first fell to a level.
        Steps = "steps",
        /// Budget that was spent until then, in full-gradient equivalents.
        GradientEquivalents = "gradient_equivalents",
        /// η λ_max / 2 at the iterate, η the step size there.
        EdgeOfStability = "edge_of_stability",
        /// Length of the way of the run over the distance of its end from its start.
        PathOverDistance = "path_over_distance",
        /// Distance of the limit from the start over that of the nearest zero-loss point found.
        DistanceOverNearest = "distance_over_nearest",
    }
}

words! {
    /// A solution that is computed, not run for.
    pub enum Solution {
        /// The flattest zero-loss point.
        Flattest = "flattest",
        /// The zero-loss point of smallest norm.
        NormMinimal = "norm-minimal",
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Compared {
    /// A number of a point.
    Metric(&'static Metric),
    /// Another one.
    Quantity(Quantity),
}

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
    /// Name of an optimizer of the suite, where the number is one of runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<String>,
    /// The solution that the number is of otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Solution>,
    /// The other optimizer, where the number is the ratio of the first one's metric to that of this one on the same instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// The other case, where the number is the ratio to what is found there in the same repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_case: Option<String>,
    /// The other solution, where the number is the ratio to that of the same instance, or of one share to the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_reference: Option<Solution>,
    /// Name of a metric or of a [`Quantity`], of which medians over instances are compared.
    pub metric: String,
    /// At which point of the runs; the limit where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
    /// In its place, the first point with a loss at or below this fraction of that at the start: a level of the suite's crossings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_loss: Option<f64>,
    /// Greatest relative error that counts as recovery, where it is not the one of the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<f64>,
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
    /// Words that `metric` may be.
    pub fn metrics() -> impl Iterator<Item = &'static str> + Clone {
        let numbers = METRICS.iter().filter(|metric| matches!(metric.of, Access::Number(_)));
        numbers.map(|metric| metric.name).chain(Quantity::ALL.map(Quantity::name))
    }

    /// What is compared; `None` where `metric` is no word for it.
    pub fn compared(&self) -> Option<Compared> {
        let of_point = METRICS.iter().find(|metric| metric.name == self.metric).map(Compared::Metric);
        of_point.or_else(|| self.metric.parse().ok().map(Compared::Quantity))
    }

    /// Whether it is about a case of this name.
    pub fn is_about(&self, case: &str) -> bool {
        names(&self.case, case)
    }

    /// Whether that case is the one it is held against.
    pub fn is_over(&self, case: &str) -> bool {
        self.over_case.as_ref().is_some_and(|over| names(over, case))
    }
}

/// Whether `name`, of a case or of a series of cases, is that of `case`: cases of a series are named NAME-KEY=VALUE.
fn names(name: &str, case: &str) -> bool {
    let of_series = |rest: &str| rest.starts_with('-') && rest.contains('=');
    case.strip_prefix(name).is_some_and(|rest| rest.is_empty() || of_series(rest))
}
