use std::collections::BTreeMap;

use flatbench_records::{Parameter, ParameterKind, Value};

/// Largest size accepted: a guard against slips of the pen, far above what fits in memory.
const LARGEST: i64 = 100_000_000;

/// A whole number that has to be given.
pub(crate) fn size(name: &str, description: &str, min: i64) -> Parameter {
    parameter(name, description, ParameterKind::Integer { min, max: LARGEST })
}

/// A whole number with a default.
pub(crate) fn size_or(name: &str, description: &str, min: i64, default: i64) -> Parameter {
    Parameter { default: Some(Value::Integer(default)), ..size(name, description, min) }
}

/// A whole number that follows from the others where it is left out.
pub(crate) fn derived_size(name: &str, description: &str) -> Parameter {
    optional(size(name, description, 1))
}

/// A real number in [min, max], or (min, max] with `min_excluded`.
pub(crate) fn real(name: &str, description: &str, min: f64, max: Option<f64>, min_excluded: bool) -> Parameter {
    parameter(name, description, ParameterKind::Real { min: Some(min), max, min_excluded })
}

/// `parameter` with a default.
pub(crate) fn or(parameter: Parameter, default: f64) -> Parameter {
    Parameter { default: Some(Value::Real(default)), ..parameter }
}

/// One of a few words, the first by default.
pub(crate) fn choice(name: &str, description: &str, words: &[&str]) -> Parameter {
    let kind = ParameterKind::Choice(words.iter().map(|&word| word.to_owned()).collect());
    Parameter { default: Some(Value::Text(words[0].to_owned())), ..parameter(name, description, kind) }
}

/// A data file that may be left out.
pub(crate) fn file(name: &str, description: &str) -> Parameter {
    optional(parameter(name, description, ParameterKind::File))
}

/// `parameter`, which may be left out where a file decides it.
pub(crate) fn optional(parameter: Parameter) -> Parameter {
    Parameter { optional: true, ..parameter }
}

/// `parameter`, of which a case says nothing where it is left out: it has no default to fill in, so that records and keys are as
/// they were before there was such a parameter.
pub(crate) fn open(parameter: Parameter) -> Parameter {
    Parameter { default: None, ..optional(parameter) }
}

/// The noise parameter, the same everywhere.
pub(crate) fn noise() -> Parameter {
    let description = "Standard deviation of Gaussian noise on the measurements, as a multiple of the root mean square \
                       of the clean ones.";
    or(real("noise", description, 0.0, None, false), 0.0)
}

fn parameter(name: &str, description: &str, kind: ParameterKind) -> Parameter {
    Parameter {
        name: name.to_owned(),
        description: description.to_owned(),
        kind,
        default: None,
        optional: false,
        log_scale: false,
    }
}

/// Parameters of a case, known to have the right types and ranges.
#[derive(Clone, Debug)]
pub(crate) struct CaseParameters(pub(crate) BTreeMap<String, Value>);

impl CaseParameters {
    /// From pairs of name and value; a later pair of the same name counts.
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        CaseParameters(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A whole number, where given.
    pub(crate) fn size_if(&self, name: &str) -> Option<usize> {
        match self.0.get(name) {
            Some(&Value::Integer(n)) => usize::try_from(n).ok(),
            _ => None,
        }
    }

    /// Whole numbers, zero where one is open because the file that decides it was not read.
    pub(crate) fn sizes<const N: usize>(&self, names: [&str; N]) -> [usize; N] {
        names.map(|name| self.size_if(name).unwrap_or(0))
    }

    /// A whole number that is there once the case is checked.
    pub(crate) fn size(&self, name: &str) -> usize {
        self.size_if(name).expect("checked: the size is given or derived")
    }

    /// A real number that is there once the case is checked.
    pub(crate) fn real(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_real).expect("checked: the number is given or has a default")
    }

    /// A real number that may be open, or what it then means.
    pub(crate) fn real_or(&self, name: &str, otherwise: f64) -> f64 {
        self.0.get(name).and_then(Value::as_real).unwrap_or(otherwise)
    }

    /// Takes out a parameter that says what a case without it says.
    pub(crate) fn drop_if(&mut self, name: &str, value: &Value) {
        if self.0.get(name) == Some(value) {
            self.0.remove(name);
        }
    }

    /// A word, where given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Fills in a size where it is not given.
    pub(crate) fn derive(&mut self, name: &str, value: usize) {
        let value = Value::Integer(i64::try_from(value).unwrap_or(i64::MAX));
        self.0.entry(name.to_owned()).or_insert(value);
    }
}
