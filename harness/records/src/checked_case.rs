use std::collections::BTreeMap;

use crate::{FamilyDescription, ParameterKind, READING_KEYS, Reading, Value};

/// Name under which the content hash of a data file stands among the parameters of a record.
const DATA_HASH: &str = "data_hash";

/// A case that makes sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedCase {
    /// Every parameter, defaults filled in. Checking these again, with the same data, gives the same.
    pub parameters: BTreeMap<String, Value>,
    /// Content hash of the data file that a parameter names; `None` where none does, or where it was not read.
    pub data_hash: Option<String>,
    /// What is allowed but makes the case less telling than it looks.
    pub warnings: Vec<String>,
    /// How the data file was read, where there is one.
    pub reading: Option<Reading>,
    /// Multiply-adds of one full gradient: by how much its runs take longer than those of another case.
    pub work: f64,
}

impl CheckedCase {
    /// The parameters that decide what is drawn: where a data file was read, its content hash in place of its
    /// path and of how it was read.
    pub fn identity(&self, family: &FamilyDescription) -> BTreeMap<String, Value> {
        let mut parameters = self.parameters.clone();
        if self.data_hash.is_some() {
            for file in family.parameters.iter().filter(|parameter| parameter.kind == ParameterKind::File) {
                parameters.remove(&file.name);
            }
            parameters.retain(|name, _| !READING_KEYS.contains(&name.as_str()));
        }
        with_data_hash(parameters, self.data_hash.as_deref())
    }
}

/// Parameters as records hold them: with the content hash of the data file beside its path, where there is one.
pub fn with_data_hash(mut parameters: BTreeMap<String, Value>, hash: Option<&str>) -> BTreeMap<String, Value> {
    parameters.extend(hash.map(|hash| (DATA_HASH.to_owned(), Value::Text(hash.to_owned()))));
    parameters
}

/// Something in a case that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseMistake {
    /// The parameter at fault; `None`: the case as a whole.
    pub parameter: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl CaseMistake {
    /// A mistake in one parameter.
    pub fn of(parameter: &str, message: impl Into<String>) -> Self {
        CaseMistake { parameter: Some(parameter.to_owned()), message: message.into() }
    }
}

impl std::fmt::Display for CaseMistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.parameter {
            Some(parameter) => write!(f, "`{parameter}`: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for CaseMistake {}
