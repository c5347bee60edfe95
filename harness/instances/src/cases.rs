use std::collections::BTreeMap;
use std::path::Path;

use flatbench_problems::{Data, DrawError, Problem};
use flatbench_records::{Case, FamilyDescription, ParameterKind, Value};

use crate::data::{self, DataError};

/// Why an instance cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The data file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The family.
    #[error(transparent)]
    Draw(#[from] DrawError),
}

/// A case that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Every parameter, defaults filled in, with the content hash of a data file beside its path.
    pub parameters: BTreeMap<String, Value>,
    /// What is allowed but makes the case less telling than it looks.
    pub warnings: Vec<String>,
}

/// One mistake in a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// The parameter at fault; `None` where it is the family as a whole.
    pub parameter: Option<String>,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Key under which the content hash of a data file stands among the parameters of a case.
pub const DATA_HASH: &str = "data_hash";

/// All families.
pub fn catalog() -> Vec<FamilyDescription> {
    flatbench_problems::catalog()
}

/// Checks the parameters of a case, its data file included, and fills in defaults. Reports all mistakes at once.
pub fn check_case(
    family: &str,
    parameters: &BTreeMap<String, Value>,
    data_root: &Path,
) -> Result<Checked, Vec<Mistake>> {
    let file = file_parameter(family, parameters);
    let data = match &file {
        None => None,
        Some((name, path)) => Some(
            data::read(&data_root.join(path))
                .map_err(|error| vec![Mistake { parameter: Some(name.clone()), message: error.to_string() }])?,
        ),
    };
    match flatbench_problems::check(family, parameters, data.as_ref()) {
        Ok(checked) => {
            let mut parameters = checked.parameters;
            if let Some(data) = &data {
                parameters.insert(DATA_HASH.to_owned(), Value::Text(content_hash(data)));
            }
            Ok(Checked { parameters, warnings: checked.warnings })
        }
        Err(mistakes) => Err(mistakes
            .into_iter()
            .map(|mistake| Mistake { parameter: mistake.parameter, message: mistake.message })
            .collect()),
    }
}

/// Draws an instance of a checked case.
pub fn draw(case: &Case, seed: u64, data_root: &Path) -> Result<Box<dyn Problem>, CaseError> {
    let data = match file_parameter(&case.family, &case.parameters) {
        None => None,
        Some((_, path)) => Some(data::read(&data_root.join(path))?),
    };
    let mut case = case.clone();
    case.parameters.remove(DATA_HASH);
    Ok(flatbench_problems::draw(&case, seed, data.as_ref())?)
}

/// The file that a case names, if any: (parameter, path).
fn file_parameter(family: &str, parameters: &BTreeMap<String, Value>) -> Option<(String, String)> {
    let description = catalog().into_iter().find(|f| f.name == family)?;
    let files = description.parameters.into_iter().filter(|p| p.kind == ParameterKind::File);
    files.into_iter().find_map(|p| match parameters.get(&p.name) {
        Some(Value::Text(path)) => Some((p.name, path.clone())),
        _ => None,
    })
}

/// Content hash of the numbers (not of the file: a copy in another format is the same data).
fn content_hash(data: &Data) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut size = |n: usize| {
        hasher.update(&(n as u64).to_le_bytes());
    };
    match data {
        Data::Matrix(x) => {
            size(x.nrows());
            size(x.ncols());
            for value in x {
                hasher.update(&value.to_le_bytes());
            }
        }
        Data::Entries { rows, cols, entries } => {
            size(*rows);
            size(*cols);
            for &(row, column, value) in entries {
                hasher.update(&(row as u64).to_le_bytes());
                hasher.update(&(column as u64).to_le_bytes());
                hasher.update(&value.to_le_bytes());
            }
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
