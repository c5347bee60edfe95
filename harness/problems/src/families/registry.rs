use std::collections::BTreeMap;

use flatbench_records::{Case, FamilyDescription, Parameter, ParameterKind, Value};

use super::findings::{Checked, Findings, Mistake};
use super::parameters::Parameters;
use super::{
    bilinear_sensing, covariance_estimation, deep_matrix_factorization, deep_sparse_recovery, matrix_completion,
    matrix_sensing, quadratic_network, robust_pca,
};
use crate::data::Data;
use crate::problem::Problem;

/// An instance, or why the draw is degenerate.
pub(super) type Drawn = Result<Box<dyn Problem>, String>;

/// One family. `resolve` sees parameters of the right types, some perhaps missing; `draw` sees them checked.
pub(super) struct Family {
    pub(super) describe: fn() -> FamilyDescription,
    pub(super) resolve: fn(&mut Parameters, Option<&Data>, &mut Findings),
    pub(super) draw: fn(&Parameters, u64, Option<&Data>) -> Drawn,
}

const FAMILIES: &[Family] = &[
    matrix_sensing::FAMILY,
    bilinear_sensing::FAMILY,
    matrix_completion::FAMILY,
    robust_pca::FAMILY,
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
        mistakes: Vec<Mistake>,
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

/// Checks the parameters of a case and fills in defaults. All mistakes are reported together.
///
/// `data` is what the file named by a parameter of kind `File` holds. Without it, sizes that it would decide stay open.
pub fn check(family: &str, parameters: &BTreeMap<String, Value>, data: Option<&Data>) -> Result<Checked, Vec<Mistake>> {
    let (family, description) = find(family).map_err(|mistake| vec![mistake])?;
    let mut findings = Findings::default();
    let mut known = Parameters(BTreeMap::new());
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
            None => findings.mistake(&parameter.name, format!("missing ({})", expected(&parameter.kind))),
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
        Ok(Checked { parameters: known.0, warnings: findings.warnings })
    } else {
        // A parameter of the wrong type or range was left out above, which must not also count as missing.
        let mut mistakes: Vec<Mistake> = Vec::new();
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
    (family.draw)(&Parameters(checked.parameters), seed, data).map_err(|reason| DrawError::Degenerate {
        case: name(),
        seed,
        reason,
    })
}

fn find(name: &str) -> Result<(&'static Family, FamilyDescription), Mistake> {
    let mut names = Vec::new();
    for family in FAMILIES {
        let description = (family.describe)();
        if description.name == name {
            return Ok((family, description));
        }
        names.push(description.name);
    }
    Err(Mistake { parameter: None, message: format!("unknown family `{name}` (known: {})", names.join(", ")) })
}

/// The value as its parameter wants it, or a mistake.
fn typed(parameter: &Parameter, value: &Value, findings: &mut Findings) -> Option<Value> {
    let fits = match (&parameter.kind, value) {
        (ParameterKind::Bool, Value::Bool(_)) => true,
        (ParameterKind::Integer { min, max }, Value::Integer(n)) => min <= n && n <= max,
        (ParameterKind::Real { min, max, min_excluded }, Value::Integer(_) | Value::Real(_)) => {
            let x = value.as_real().unwrap_or(f64::NAN);
            let above = min.is_none_or(|min| x > min || (x == min && !min_excluded));
            x.is_finite() && above && max.is_none_or(|max| x <= max)
        }
        (ParameterKind::Choice(words), Value::Text(text)) => words.contains(text),
        (ParameterKind::File, Value::Text(text)) => !text.is_empty(),
        _ => false,
    };
    if !fits {
        findings.mistake(&parameter.name, format!("found {value}, expected {}", expected(&parameter.kind)));
        return None;
    }
    match (&parameter.kind, value) {
        (ParameterKind::Real { .. }, Value::Integer(n)) => Some(Value::Real(*n as f64)),
        _ => Some(value.clone()),
    }
}

/// What a parameter may be, in words.
fn expected(kind: &ParameterKind) -> String {
    match kind {
        ParameterKind::Bool => "true or false".to_owned(),
        ParameterKind::Integer { min, max } => format!("a whole number from {min} to {max}"),
        ParameterKind::Real { min, max, min_excluded } | ParameterKind::Schedule { min, max, min_excluded } => {
            let lower = min.map(|min| format!(" {} {min}", if *min_excluded { ">" } else { "≥" }));
            let upper = max.map(|max| format!(" ≤ {max}"));
            let both = if lower.is_some() && upper.is_some() { " and" } else { "" };
            format!("a number{}{both}{}", lower.unwrap_or_default(), upper.unwrap_or_default())
        }
        ParameterKind::Choice(words) => format!("one of {}", words.join(", ")),
        ParameterKind::File => "the path of a data file".to_owned(),
    }
}
