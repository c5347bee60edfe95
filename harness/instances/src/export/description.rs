use std::path::{Path, PathBuf};

use flatbench_problems::reference::{self, Settings};
use flatbench_problems::{Problem, Standardization, Structure};
use flatbench_records::protocol::Job;
use flatbench_records::with_data_hash;
use ndarray::{Array2, Array3};
use serde_json::{Map, Value, json};

use super::ExportError;
use super::arrays::Arrays;
use crate::cases;
use crate::instance::start_of;
use crate::references::{relative_error, too_large};

/// Version of `instance.json`.
pub const EXPORT_FORMAT: u32 = 1;

const CONVENTIONS: &str = "Arrays are float64 (positions int64) and row-major. Indices count from 0. f(w) is the mean of \
                           the squared residuals, without a factor 1/2, and hessian_trace is the trace of its second \
                           derivative. A vector is a matrix with one column. parameters/KEY.npz of a run on this instance \
                           (`run --keep-parameters`, `replay --save`) holds its factors in the same form, as iterate_NAME \
                           and limit_NAME for each NAME in factorization.blocks.";

/// Where an instance comes from, for the reader of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Suite.
    pub suite: String,
    /// "tuning" or "evaluation" and the repetition, where the seeds are those of a repetition of the suite.
    pub repetition: Option<(String, u32)>,
}

/// Draws the instance of a job and writes it into `folder`; the runs of the job are not looked at. Returns the path of
/// `instance.json`.
///
/// # Errors
/// An instance that cannot be drawn, a folder that holds something else, trouble with the disk.
pub fn export_instance(job: &Job, provenance: &Provenance, folder: &Path) -> Result<PathBuf, ExportError> {
    let (problem, data_hash) = cases::draw_with_hash(&job.case, job.instance_seed, &job.data_root)?;
    let problem = &*problem;
    let mut arrays = Arrays::new(folder)?;
    let family = cases::catalog().into_iter().find(|family| family.name == job.case.family);
    let mut about = Map::new();
    let mut say = |name: &str, value: Value| drop(about.insert(name.to_owned(), value));
    say("format", EXPORT_FORMAT.into());
    say("flatbench_version", env!("CARGO_PKG_VERSION").into());
    say("suite", provenance.suite.clone().into());
    say("case", job.case.name.clone().into());
    say("family", job.case.family.clone().into());
    say("description", family.as_ref().map(|family| family.description.clone()).into());
    say("loss", family.map(|family| family.loss).into());
    say("conventions", CONVENTIONS.into());
    say("parameters", json!(with_data_hash(job.case.parameters.clone(), data_hash.as_deref())));
    say("dimensions", json!(problem.dimensions()));
    say("init", job.case.init.name().into());
    if let Some(given) = &job.given {
        say("start_point", json!(given.point));
    }
    if let Some(factor) = job.case.init_scale {
        say("init_scale", factor.into());
    }
    say("instance_seed", job.instance_seed.into());
    say("init_seed", job.init_seed.into());
    say("split", json!(provenance.repetition.as_ref().map(|(split, _)| split)));
    say("repetition", json!(provenance.repetition.as_ref().map(|(_, repetition)| repetition)));
    say("factorization", factorization(problem));
    say("measurements", measurements(problem, &mut arrays)?);
    say("targets", arrays.list("targets", "targets b_i, length m", problem.targets())?.into());
    if let Some(made) = problem.standardization() {
        say("standardization", standardization(made, &mut arrays)?);
    }
    say("outlier_radius", problem.outlier_radius().into());
    if let Some(least) = problem.least_absolute() {
        say("least_absolute", least.into());
    }
    say("truth", truth(problem, &mut arrays)?);
    say("start", start(problem, job, &mut arrays)?);
    for name in ["flattest", "norm_minimal"] {
        say(name, reference(name, problem, &mut arrays)?);
    }
    arrays.finish(about)
}

/// How w makes X.
fn factorization(problem: &dyn Problem) -> Value {
    let kind = problem.factorization();
    let names: Vec<&str> = problem.blocks().iter().map(|block| block.name.as_str()).collect();
    json!({ "kind": kind.name(), "formula": kind.formula(), "blocks": names, "signs": kind.signs() })
}

/// The measurements in the cheapest form that has them all.
fn measurements(problem: &dyn Problem, arrays: &mut Arrays) -> Result<Value, ExportError> {
    let operator = problem.operator();
    if problem.outlier_radius().is_some() {
        let formula = "every entry of X is measured once, row by row; the residuals are those of X − Y + S with S the \
                       nearest matrix to Y − X in {S: Σ|S_ij| ≤ outlier_radius}";
        return Ok(json!({ "kind": "all-entries", "formula": formula }));
    }
    Ok(match operator.structure() {
        Structure::Dense => {
            let (rows, cols) = (operator.rows(), operator.cols());
            let mut all = Array3::zeros((operator.count(), rows, cols));
            for (i, mut matrix) in all.outer_iter_mut().enumerate() {
                #[expect(clippy::expect_used, reason = "of an array of our own making")]
                let matrix = matrix.as_slice_mut().expect("a fresh array is contiguous");
                operator.measurement(i, matrix);
            }
            let file = arrays.write("measurements", "measurement matrices A_i, m × rows × cols", &all)?;
            json!({ "kind": "dense", "formula": "⟨A_i, X⟩", "array": file })
        }
        Structure::RankOne { left, right } => {
            let left = arrays.matrix("measurements_left", "vectors a_i of A_i = a_i b_iᵀ, m × rows", left)?;
            let right = arrays.matrix("measurements_right", "vectors b_i of A_i = a_i b_iᵀ, m × cols", right)?;
            json!({ "kind": "rank-one", "formula": "a_iᵀ X b_i", "left": left, "right": right })
        }
        Structure::Entries { positions, amplitude } => {
            let flat = positions.iter().flat_map(|&(i, j)| [i as i64, j as i64]).collect();
            #[expect(clippy::expect_used, reason = "two indices a position")]
            let array = Array2::from_shape_vec((positions.len(), 2), flat).expect("two indices a position");
            let file = arrays.write("positions", "row and column of each measured entry, m × 2", &array)?;
            json!({ "kind": "entries", "formula": "amplitude · X[row, column]", "positions": file, "amplitude": amplitude })
        }
    })
}

/// How the targets were made of a file's entries, to predict in its units.
fn standardization(made: &Standardization, arrays: &mut Arrays) -> Result<Value, ExportError> {
    let mut files = Map::new();
    for (name, what, numbers) in [
        ("row_shift", "what is subtracted from the entries of each row, length rows", &made.row_shift),
        ("col_shift", "what is subtracted from the entries of each column, length cols", &made.col_shift),
        ("row_factor", "what the entries of each row are divided by, length rows", &made.row_factor),
        ("col_factor", "what the entries of each column are divided by, length cols", &made.col_factor),
    ] {
        files.insert(name.to_owned(), arrays.list(name, what, numbers)?.into());
    }
    let formula =
        "entry (i, j) of the file is row_shift[i] + col_shift[j] + row_factor[i] · col_factor[j] · amplitude · X[i, j]";
    files.insert("formula".to_owned(), formula.into());
    Ok(Value::Object(files))
}

fn truth(problem: &dyn Problem, arrays: &mut Arrays) -> Result<Value, ExportError> {
    let Some(truth) = problem.truth() else {
        return Ok(json!({ "missing": "the entries come from a file, and what they were taken from is unknown" }));
    };
    let file = arrays.matrix("truth", "ground truth X*, rows × cols", truth)?;
    Ok(json!({ "array": file, "flatness_floor": finite(problem.flatness_floor(truth)) }))
}

fn start(problem: &dyn Problem, job: &Job, arrays: &mut Arrays) -> Result<Value, ExportError> {
    let w = start_of(problem, job)?;
    let mut evaluator = problem.evaluator();
    let mut gradient = vec![0.0; w.len()];
    let loss = evaluator.gradient(&w, &mut gradient);
    let blocks = arrays.blocks("start", "starting point", problem.blocks(), &w)?;
    let gradient = arrays.blocks("start_gradient", "∇f at the starting point", problem.blocks(), &gradient)?;
    let trace = finite(evaluator.hessian_trace(&w));
    Ok(json!({ "blocks": blocks, "gradient": gradient, "loss": finite(loss), "hessian_trace": trace }))
}

fn reference(name: &str, problem: &dyn Problem, arrays: &mut Arrays) -> Result<Value, ExportError> {
    if let Some(reason) = too_large(problem.dimensions().measurements) {
        return Ok(json!({ "missing": reason }));
    }
    let settings = Settings::default();
    let point = match name {
        "flattest" => reference::flattest(problem, &settings),
        _ => reference::norm_minimal(problem, &settings),
    };
    let point = match point {
        Ok(point) => point,
        Err(error) => return Ok(json!({ "missing": error.to_string() })),
    };
    let mut about = Map::new();
    about.insert("hessian_trace".to_owned(), json!(finite(point.hessian_trace)));
    about.insert("exact".to_owned(), point.attained.into());
    about.insert("certified".to_owned(), point.certified.into());
    about.insert("duality_gap".to_owned(), json!(point.gap.and_then(finite)));
    if name == "flattest" {
        about.insert("lower".to_owned(), json!(point.lower.and_then(finite)));
        about.insert("upper".to_owned(), json!(point.upper.and_then(finite)));
    }
    let Some(x) = &point.x else {
        let reason = match name {
            "flattest" if point.attained => "every zero-loss point has this trace, so nothing was solved",
            _ => "no zero-loss point is known, and the trace is a lower bound",
        };
        about.insert("missing".to_owned(), reason.into());
        return Ok(Value::Object(about));
    };
    let what = format!("{} zero-loss X, rows × cols", name.replace('_', "-"));
    about.insert("array".to_owned(), arrays.matrix(name, &what, x.view())?.into());
    about.insert("relative_error".to_owned(), json!(relative_error(problem, x.view())));
    let factors = match problem.flattest_factorization(x.view()) {
        Some(w) => {
            let what = format!("flattest factorization of the {} X", name.replace('_', "-"));
            arrays.blocks(&format!("{name}_factors"), &what, problem.blocks(), &w)?
        }
        None => json!({ "missing": "the factors are too narrow for the rank of X" }),
    };
    about.insert("factors".to_owned(), factors);
    Ok(Value::Object(about))
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
