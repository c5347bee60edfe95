use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FactorizationKind, Parameter, Value};

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
    /// The choice with which the family is no control after all; `None` where there is none. See [`FamilyDescription::is_control`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_unless: Option<Choice>,
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
    /// Whether a case with these parameters is a negative control: the family is one, and the case does not choose what makes it none.
    pub fn is_control(&self, parameters: &BTreeMap<String, Value>) -> bool {
        let chosen = |choice: &Choice| parameters.get(&choice.parameter) == Some(&choice.value);
        self.control && !self.control_unless.as_ref().is_some_and(chosen)
    }

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

/// A parameter of a case that has a certain value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name.
    pub parameter: String,
    /// The value.
    pub value: Value,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_may_choose_what_makes_a_control_none() {
        let gaussian = Choice { parameter: "measurement".to_owned(), value: "gaussian".into() };
        let family = |control, control_unless| FamilyDescription {
            name: String::new(),
            description: String::new(),
            loss: String::new(),
            claim: String::new(),
            source: String::new(),
            factorization: FactorizationKind::Gram { signs: vec![1] },
            control,
            control_unless,
            zero_loss_interior: false,
            amount: None,
            parameters: Vec::new(),
        };
        let with = |value: &str| BTreeMap::from([("measurement".to_owned(), Value::from(value))]);
        let choosing = family(true, Some(gaussian.clone()));
        assert!(choosing.is_control(&BTreeMap::new()) && choosing.is_control(&with("rank-one")));
        assert!(!choosing.is_control(&with("gaussian")));
        assert!(
            family(true, None).is_control(&with("gaussian"))
                && !family(false, Some(gaussian)).is_control(&with("rank-one"))
        );
        let line = serde_json::to_string(&family(true, None)).unwrap();
        assert!(!line.contains("control_unless"), "said only where there is one: {line}");
    }
}
