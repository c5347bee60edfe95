use std::collections::BTreeMap;

use flatbench_records::{Case, CaseMistake, CheckedCase, FamilyDescription, Init, Parameter, ParameterKind, Value};

use super::parts::findings::Findings;
use super::parts::parameters::CaseParameters;
use super::{
    bilinear_sensing, covariance_estimation, deep_matrix_factorization, deep_sparse_recovery, matrix_completion,
    matrix_sensing, quadratic_network, robust_pca, robust_sensing,
};
use crate::data::Data;
use crate::problem::Problem;

/// An instance, or why the draw is degenerate.
pub(super) type Drawn = Result<Box<dyn Problem>, String>;

/// One family. `resolve` sees parameters of the right types, some perhaps missing; `draw` sees them checked.
pub(super) struct Family {
    pub(super) describe: fn() -> FamilyDescription,
    /// Cases small enough to check every oracle entry by entry, of every shape that makes a difference to the family.
    pub(super) small_cases: fn() -> Vec<CaseParameters>,
    pub(super) resolve: fn(&mut CaseParameters, Option<&Data>, &mut Findings),
    pub(super) draw: fn(&CaseParameters, u64, Option<&Data>) -> Drawn,
    /// Multiply-adds of one full gradient. It sees what `resolve` leaves; a size that is open counts as zero.
    pub(super) work: fn(&CaseParameters, Option<&Data>) -> f64,
}

const FAMILIES: &[Family] = &[
    matrix_sensing::FAMILY,
    bilinear_sensing::FAMILY,
    matrix_completion::FAMILY,
    robust_pca::FAMILY,
    robust_sensing::FAMILY,
    covariance_estimation::COVARIANCE,
    covariance_estimation::PHASE,
    quadratic_network::FAMILY,
    deep_matrix_factorization::FAMILY,
    deep_sparse_recovery::FAMILY,
];

/// Why an instance could not be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DrawError {
    /// The case makes no sense; [`check`] would have said so.
    #[error("case `{case}` makes no sense: {}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes {
        /// Name of the case.
        case: String,
        /// All that is wrong.
        mistakes: Vec<CaseMistake>,
    },
    /// The case names a data file, but its contents were not handed over.
    #[error("case `{case}` names a data file whose contents were not given (read the file first)")]
    MissingData {
        /// Name of the case.
        case: String,
    },
    /// The drawn instance is empty or degenerate.
    #[error("case `{case}` with seed {seed} cannot be drawn: {reason}")]
    Degenerate {
        /// Name of the case.
        case: String,
        /// The seed.
        seed: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// All families, as `flatbench list families` prints them.
pub fn catalog() -> Vec<FamilyDescription> {
    FAMILIES.iter().map(|family| (family.describe)()).collect()
}

/// Small cases of every family, in the order of the catalogue, each named after its family: what every oracle is checked on.
pub fn small_cases() -> Vec<Case> {
    let of = |family: &Family| {
        let name = (family.describe)().name;
        let case = move |CaseParameters(parameters)| Case {
            name: name.clone(),
            family: name.clone(),
            parameters,
            init: Init::Large,
            budget: 1.0,
            ..Case::default()
        };
        (family.small_cases)().into_iter().map(case)
    };
    FAMILIES.iter().flat_map(of).collect()
}

/// Checks the parameters of a case and fills in defaults. All mistakes are reported together.
///
/// `data` is what the file named by a parameter of kind `File` holds. Without it, sizes that it would decide stay open. The
/// hash of the data is left to whoever read them.
pub fn check(
    family: &str,
    parameters: &BTreeMap<String, Value>,
    data: Option<&Data>,
) -> Result<CheckedCase, Vec<CaseMistake>> {
    let (family, description) = find(family).map_err(|mistake| vec![mistake])?;
    let mut findings = Findings::default();
    let mut known = CaseParameters(BTreeMap::new());
    for (name, value) in parameters {
        match description.parameters.iter().find(|parameter| parameter.name == *name) {
            Some(parameter) => {
                if let Some(value) = typed(parameter, value, &mut findings) {
                    known.0.insert(name.clone(), value);
                }
            }
            None => {
                let names: Vec<_> = description.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                let message = format!("unknown parameter of `{}` (known: {})", description.name, names.join(", "));
                findings.mistake(name, message);
            }
        }
    }
    for parameter in &description.parameters {
        if parameters.contains_key(&parameter.name) {
            continue;
        }
        match &parameter.default {
            Some(default) => drop(known.0.insert(parameter.name.clone(), default.clone())),
            None if parameter.optional => {}
            None => findings.mistake(&parameter.name, format!("missing ({})", parameter.kind.allowed())),
        }
    }
    let names_file = |parameter: &&Parameter| parameter.kind == ParameterKind::File;
    let given_files =
        description.parameters.iter().filter(names_file).filter(|p| known.0.contains_key(&p.name)).count();
    if given_files > 1 {
        findings.warn("more than one data file is named; only one can be used");
    }
    (family.resolve)(&mut known, data, &mut findings);
    if findings.mistakes.is_empty() {
        let work = (family.work)(&known, data);
        Ok(CheckedCase { parameters: known.0, warnings: findings.warnings, work, ..CheckedCase::default() })
    } else {
        // A parameter of the wrong type or range was left out above, which must not also count as missing.
        let mut mistakes: Vec<CaseMistake> = Vec::new();
        for mistake in findings.mistakes {
            if !mistakes.iter().any(|m| m.parameter.is_some() && m.parameter == mistake.parameter) {
                mistakes.push(mistake);
            }
        }
        Err(mistakes)
    }
}

/// Draws the instance of a case: a pure function of the case's family and parameters, of `seed` and of `data`.
pub fn draw(case: &Case, seed: u64, data: Option<&Data>) -> Result<Box<dyn Problem>, DrawError> {
    let name = || case.name.clone();
    let checked = check(&case.family, &case.parameters, data)
        .map_err(|mistakes| DrawError::Mistakes { case: name(), mistakes })?;
    let (family, description) =
        find(&case.family).map_err(|mistake| DrawError::Mistakes { case: name(), mistakes: vec![mistake] })?;
    let needs_data = description
        .parameters
        .iter()
        .any(|p| p.kind == ParameterKind::File && checked.parameters.contains_key(&p.name));
    if needs_data && data.is_none() {
        return Err(DrawError::MissingData { case: name() });
    }
    let data = data.filter(|_| needs_data);
    (family.draw)(&CaseParameters(checked.parameters), seed, data)
        .and_then(finite)
        .map_err(|reason| DrawError::Degenerate { case: name(), seed, reason })
}

/// Refuses an instance of which nothing could be measured.
fn finite(problem: Box<dyn Problem>) -> Drawn {
    let truth = problem.truth();
    let numbers = problem.targets().iter().chain(truth.iter().flatten());
    if numbers.into_iter().all(|x| x.is_finite()) {
        return Ok(problem);
    }
    Err("the ground truth or a measurement is not finite (numbers beyond the range of double precision)".to_owned())
}

fn find(name: &str) -> Result<(&'static Family, FamilyDescription), CaseMistake> {
    let mut names = Vec::new();
    for family in FAMILIES {
        let description = (family.describe)();
        if description.name == name {
            return Ok((family, description));
        }
        names.push(description.name);
    }
    Err(CaseMistake { parameter: None, message: format!("unknown family `{name}` (known: {})", names.join(", ")) })
}

/// The value as its parameter wants it, or a mistake.
fn typed(parameter: &Parameter, value: &Value, findings: &mut Findings) -> Option<Value> {
    if !parameter.kind.admits(value) {
        findings.mistake(&parameter.name, format!("found {value}, expected {}", parameter.kind.allowed()));
        return None;
    }
    match (&parameter.kind, value) {
        (ParameterKind::Real { .. }, Value::Integer(n)) => Some(Value::Real(*n as f64)),
        _ => Some(value.clone()),
    }
}
