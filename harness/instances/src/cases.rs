use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_problems::{Block, Data, DrawError, Known, Problem, starting_point};
use flatbench_records::protocol::DataFile;
use flatbench_records::{Case, CaseMistake, CheckedCase, Factor, FamilyDescription, ParameterKind, Reading, Value};

use crate::data::{self, DataError, Keys};

/// Why an instance cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The data file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The data file is not the one that the plan was made with.
    #[error("{}: its numbers have changed since the suite was read (run again, so that it is read anew)", .0.display())]
    Changed(PathBuf),
    /// The point that runs are to start at.
    #[error("where the runs start: {0}")]
    Start(String),
    /// The family.
    #[error(transparent)]
    Draw(#[from] DrawError),
}

impl CaseError {
    /// Whether the case is well but its data cannot be had.
    pub fn is_of_the_place(&self) -> bool {
        !matches!(self, CaseError::Draw(_) | CaseError::Start(_))
    }
}

/// All families, those that read a file with the parameters that say how.
pub fn catalog() -> Vec<FamilyDescription> {
    let mut families = flatbench_problems::catalog();
    for family in &mut families {
        if family.parameters.iter().any(|parameter| parameter.kind == ParameterKind::File) {
            family.parameters.extend(data::parameters());
        }
    }
    families
}

/// Checks the parameters of a case, its data file included, and fills in defaults. Reports all mistakes at once.
pub fn check_case(
    family: &str,
    parameters: &BTreeMap<String, Value>,
    data_root: &Path,
) -> Result<CheckedCase, Vec<CaseMistake>> {
    let mut own = parameters.clone();
    let keys = Keys::take(&mut own);
    let file = file_parameter(family, parameters);
    let read = match &file {
        None => {
            let idle = parameters.keys().filter(|name| !own.contains_key(*name));
            let message = "says how a data file is read, and the case has none (leave it out)";
            let idle: Vec<_> = idle.map(|name| CaseMistake::of(name, message)).collect();
            if !idle.is_empty() {
                return Err(idle);
            }
            None
        }
        Some((name, path)) => {
            let read = data::read(&data_root.join(path), &keys);
            Some(read.map_err(|error| vec![CaseMistake::of(error.key().unwrap_or(name), error.to_string())])?)
        }
    };
    let data = read.as_ref().map(|(data, _)| data);
    let checked = flatbench_problems::check(family, &own, data)?;
    let data_hash = data.map(content_hash);
    let mut parameters = parameters.clone();
    // What the family leaves out goes without saying; how the file is read is none of its business.
    parameters.retain(|name, _| !own.contains_key(name));
    parameters.extend(checked.parameters);
    let mut warnings = checked.warnings;
    let reading = file.zip(read).map(|((name, path), (_, reading))| {
        warnings.extend(reading.warnings.iter().map(|warning| format!("`{name}`: {warning}")));
        Reading { file: path, hash: data_hash.clone(), ..reading }
    });
    Ok(CheckedCase { parameters, data_hash, warnings, reading, work: checked.work })
}

/// Draws an instance of a checked case.
pub fn draw(case: &Case, seed: u64, data_root: &Path) -> Result<Box<dyn Problem>, CaseError> {
    Ok(draw_with_hash(case, seed, data_root)?.0)
}

/// Whether instances of a checked case hold out measurements by which settings can be judged. One is drawn to see.
pub fn holds_out(case: &Case, seed: u64, data_root: &Path) -> Result<bool, CaseError> {
    let problem = draw(case, seed, data_root)?;
    let start = starting_point(&*problem, case, seed);
    Ok(problem.validation_loss(problem.end_to_end(&start).view()).is_some())
}

/// What w is made of on an instance of a checked case, drawn from a seed.
///
/// # Errors
/// An instance that cannot be drawn.
pub fn factors(case: &Case, seed: u64, data_root: &Path) -> Result<Vec<Factor>, CaseError> {
    let problem = draw(case, seed, data_root)?;
    let factor = |block: &Block| Factor { name: block.name.clone(), rows: block.rows, cols: block.cols };
    Ok(problem.blocks().iter().map(factor).collect())
}

/// Reads w from a file of parameters: a vector in `.npy`, or the array `array` of an `.npz`.
///
/// # Errors
/// A file that cannot be read, and an array that is no vector of finite numbers.
pub fn read_point(file: &Path, array: Option<&str>) -> Result<Vec<f64>, DataError> {
    let keys = Keys { array: array.map(str::to_owned), ..Keys::default() };
    let unreadable = |reason: &str| DataError::Unreadable { path: file.to_owned(), reason: reason.to_owned() };
    match data::read(file, &keys)?.0.known {
        Known::Matrix(x) if x.iter().any(|x| !x.is_finite()) => Err(unreadable("some of its numbers are not finite")),
        Known::Matrix(x) if x.ncols() == 1 || x.nrows() == 1 => Ok(x.iter().copied().collect()),
        Known::Matrix(x) => {
            let found = format!("it holds a {}×{} matrix, and w is a vector", x.nrows(), x.ncols());
            Err(unreadable(&found))
        }
        Known::Entries { .. } => Err(unreadable("some of its numbers are missing (NaN)")),
    }
}

/// Draws an instance of a checked case, whose data file, if it has one, has to be the one that was held on to.
pub(crate) fn draw_held(
    case: &Case,
    seed: u64,
    data_root: &Path,
    held: Option<&DataFile>,
) -> Result<Box<dyn Problem>, CaseError> {
    let Some(held) = held else { return draw(case, seed, data_root) };
    let (problem, hash) = draw_from(case, seed, &|_| held.path.clone())?;
    match hash.is_none_or(|hash| hash == held.hash) {
        true => Ok(problem),
        false => Err(CaseError::Changed(held.path.clone())),
    }
}

/// [`draw`], with the content hash of the data file that the case names.
pub(crate) fn draw_with_hash(
    case: &Case,
    seed: u64,
    data_root: &Path,
) -> Result<(Box<dyn Problem>, Option<String>), CaseError> {
    draw_from(case, seed, &|path| data_root.join(path))
}

/// Draws an instance, with a data file from where `place` says.
fn draw_from(
    case: &Case,
    seed: u64,
    place: &dyn Fn(&str) -> PathBuf,
) -> Result<(Box<dyn Problem>, Option<String>), CaseError> {
    let mut case = case.clone();
    let keys = Keys::take(&mut case.parameters);
    let data = match file_parameter(&case.family, &case.parameters) {
        None => None,
        Some((_, path)) => Some(data::read(&place(&path), &keys)?.0),
    };
    let problem = flatbench_problems::draw(&case, seed, data.as_ref())?;
    Ok((problem, data.as_ref().map(content_hash)))
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
    match &data.known {
        Known::Matrix(x) => {
            size(x.nrows());
            size(x.ncols());
            for value in x {
                hasher.update(&value.to_le_bytes());
            }
        }
        Known::Entries { rows, cols, entries } => {
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

#[cfg(test)]
mod tests {
    use flatbench_records::Init;

    use super::*;

    #[test]
    fn a_data_file_that_is_not_the_one_that_was_hashed_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.csv");
        std::fs::write(&path, "1,2\n2,4\n3,6\n").expect("a file");
        let parameters = BTreeMap::from([
            ("file".to_owned(), Value::Text("x.csv".to_owned())),
            ("factor_rank".to_owned(), Value::Integer(1)),
        ]);
        let checked = check_case("matrix-completion", &parameters, folder.path()).expect("a case");
        let case = Case {
            name: "case".to_owned(),
            family: "matrix-completion".to_owned(),
            parameters: checked.parameters,
            init: Init::Large,
            budget: 1.0,
            ..Case::default()
        };
        let hash = checked.data_hash.expect("of the file");
        let draw = |path: &Path| {
            let held = DataFile { path: path.to_owned(), hash: hash.clone() };
            // The file that the case names is not looked at.
            draw_held(&case, 1, Path::new("nowhere"), Some(&held)).map(|_| ())
        };
        assert!(draw(&path).is_ok());
        std::fs::write(&path, "1,2\n2,4\n3,7\n").expect("a file");
        let error = draw(&path).expect_err("another matrix");
        assert!(matches!(error, CaseError::Changed(_)) && error.is_of_the_place(), "{error}");
        std::fs::remove_file(&path).expect("a file");
        assert!(draw(&path).expect_err("nothing there").is_of_the_place());
    }
}
