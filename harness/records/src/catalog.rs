use serde::{Deserialize, Serialize};

use crate::Value;

/// What a parameter of a family or a hyper-parameter of an optimizer may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// `true` or `false`.
    Bool,
    /// A whole number in `[min, max]`.
    Integer {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A finite real number between `min` and `max`. A missing end is unbounded.
    Real {
        /// Lower end.
        min: Option<f64>,
        /// Upper end.
        max: Option<f64>,
        /// Whether the lower end itself is excluded.
        min_excluded: bool,
    },
    /// A real number or a schedule; both ends of a schedule obey the range.
    Schedule {
        /// Lower end.
        min: Option<f64>,
        /// Upper end.
        max: Option<f64>,
        /// Whether the lower end itself is excluded.
        min_excluded: bool,
    },
    /// One of a few words.
    Choice(Vec<String>),
    /// Path of a data file, relative to the suite that names it.
    File,
}

/// One parameter: its name, meaning, allowed values and default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Name, as written in a suite.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Allowed values.
    pub kind: ParameterKind,
    /// Value when a suite leaves it out; `None`: it has to be given, unless `optional`.
    pub default: Option<Value>,
    /// Whether it may be left out although it has no default (the family decides from the other parameters).
    #[serde(default)]
    pub optional: bool,
    /// Whether equal ratios are equal steps: a hint for choosing a grid.
    #[serde(default)]
    pub log_scale: bool,
}

/// A problem family, as `flatbench list families` prints it and suites are checked against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamilyDescription {
    /// Name in suites and records.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The loss in plain text.
    pub loss: String,
    /// What theory says about its flattest zero-loss point.
    pub claim: String,
    /// Key into `references.bib`.
    pub source: String,
    /// Parameters.
    pub parameters: Vec<Parameter>,
}

/// An optimizer, read from its library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptimizerDescription {
    /// Name the plugin gives itself.
    pub name: String,
    /// Version of the plugin.
    pub version: String,
    /// One paragraph: the doc comment of its struct.
    pub description: String,
    /// Version of the plugin interface that it was built against.
    pub interface_version: String,
    /// Hyper-parameters.
    pub hyperparameters: Vec<Parameter>,
}
