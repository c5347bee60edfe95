use serde::{Deserialize, Serialize};

use crate::{FactorizationKind, Parameter};

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
    /// How w makes X.
    pub factorization: FactorizationKind,
    /// Negative control: the trace of the Hessian is the same at every zero-loss point, so that there is no flatter one to
    /// find.
    #[serde(default)]
    pub control: bool,
    /// Whether the zero-loss set has an interior: whole neighbourhoods of matrices X have zero loss.
    #[serde(default)]
    pub zero_loss_interior: bool,
    /// What phase diagrams are drawn over where the number of measurements does not say how much is measured.
    #[serde(default)]
    pub amount: Option<MeasurementAmount>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
}

impl FamilyDescription {
    /// Why there is no [spectral start](crate::Init::Spectral); `None` where there is one.
    pub fn no_spectral_start(&self) -> Option<&'static str> {
        match self.factorization {
            FactorizationKind::Hadamard => Some("its X is a vector, which has no singular pairs"),
            _ if self.zero_loss_interior => {
                Some("its targets hold outliers, which the leading singular pairs would fit")
            }
            _ => None,
        }
    }
}

/// The parameter that says how much is measured where the number of measurements is itself drawn, or always the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasurementAmount {
    /// Its name: a number.
    pub parameter: String,
    /// What an axis is labelled with, such as "sampling rate p".
    pub label: String,
    /// Whether more of it makes recovery harder.
    #[serde(default)]
    pub harms: bool,
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
