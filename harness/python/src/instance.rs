//! A problem instance for Python: its oracles, its metrics, its truth, in the code that runs are made with.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use flatbench_cli::Families;
use flatbench_instances::{CaseError, Gauge, check_case, draw, references};
use flatbench_plugin::Block;
use flatbench_problems::limit::{allowance, limit_point};
use flatbench_problems::reference::{self, ReferenceError, ReferencePoint, Settings};
use flatbench_problems::{Evaluator, Pass, Problem, Question, Structure, starting_point};
use flatbench_records::{Case, Given, Init, References, Split, Value};
use flatbench_runner::plan::Draw;
use flatbench_runner::suite::{Source, Suite};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;

use crate::arrays::{checked, copy_in, copy_out, indices_of, layout, named, noise_of, vector_of};
use crate::errors::{FlatbenchError, NotSupported, SuiteError};

type Matrix<'py> = Bound<'py, PyArray2<f64>>;
type Asked<'a> = Mutex<Box<dyn Evaluator + Send + 'a>>;

self_cell::self_cell!(
    /// A problem with an evaluator of its own.
    struct Drawn {
        owner: Box<dyn Problem>,
        #[not_covariant]
        dependent: Asked,
    }
);

/// What `flatbench.Instance` is made of. Vectors are those of the problem's dimension; long calls release the interpreter's lock.
#[pyclass(frozen, module = "flatbench._flatbench")]
pub struct Instance {
    drawn: Drawn,
    case: Case,
    seeds: (u64, u64),
    blocks: Vec<Block>,
    layout: Py<PyAny>,
    start: Vec<f64>,
    start_loss: f64,
    references: OnceLock<References>,
}

impl Instance {
    fn new(py: Python<'_>, case: Case, seeds: (u64, u64), given: Option<Given>, data_root: PathBuf) -> PyResult<Self> {
        refuse_oversized(&case)?;
        let (drawn, start, start_loss) = py
            .detach(|| {
                let problem = draw(&case, seeds.0, &data_root)?;
                let drawn = Drawn::new(problem, |problem| Mutex::new(problem.evaluator()));
                let large = |problem: &dyn Problem| problem.initial_point(Init::Large, seeds.1);
                // What losses are measured by, as in a run.
                let (start, yardstick) = match given {
                    Some(given) => (given.w, Some(large(&**drawn.borrow_owner()))),
                    None => (starting_point(&**drawn.borrow_owner(), &case, seeds.1), None),
                };
                let start_loss = evaluator(&drawn, |evaluator| evaluator.loss(yardstick.as_ref().unwrap_or(&start)));
                Ok((drawn, start, start_loss))
            })
            .map_err(|error: CaseError| FlatbenchError::new_err(error.to_string()))?;
        let blocks: Vec<Block> = drawn
            .borrow_owner()
            .blocks()
            .iter()
            .map(|block| Block::new(block.name.clone(), block.rows, block.cols))
            .collect();
        let layout = layout(py, &blocks)?;
        Ok(Instance { drawn, case, seeds, blocks, layout, start, start_loss, references: OnceLock::new() })
    }

    fn problem(&self) -> &dyn Problem {
        &**self.drawn.borrow_owner()
    }

    /// w, copied.
    fn point(&self, w: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<f64>> {
        let mut point = vec![0.0; self.start.len()];
        copy_in(w, what, &mut point)?;
        Ok(point)
    }

    /// A `Vector` with these entries.
    fn vector<'py>(&self, py: Python<'py>, values: Vec<f64>) -> PyResult<Bound<'py, PyAny>> {
        vector_of(PyArray1::from_vec(py, values), &self.layout)
    }

    fn ask<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        question: Question<'_>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, point) = (w.py(), self.point(w, "w")?);
        if let Some(out) = &out {
            checked(out, "out", point.len())?;
        }
        let answer = py.detach(|| {
            evaluator(&self.drawn, |evaluator| {
                evaluator.supports(question).map_err(|error| error.to_string())?;
                let mut answer = vec![0.0; point.len()];
                evaluator.answer(&point, question, &mut answer);
                Ok(answer)
            })
        });
        let answer = answer.map_err(|reason: String| NotSupported::new_err(reason))?;
        match out {
            None => self.vector(py, answer),
            Some(out) => copy_out(&answer, &out, "out").map(|()| out),
        }
    }

    fn references(&self) -> &References {
        self.references.get_or_init(|| references(self.problem()))
    }
}

/// Refuses what cannot be held in the memory that there is: an allocation that fails would end the interpreter.
fn refuse_oversized(case: &Case) -> PyResult<()> {
    let size = |name: &str| match case.parameters.get(name) {
        Some(Value::Integer(n)) => *n as f64,
        _ => 0.0,
    };
    let dimension = size("dimension");
    let (rows, cols) = (size("rows").max(dimension), size("cols").max(dimension).max(1.0));
    let measurements = size("measurements");
    // Dense measurement matrices are by far the largest; vectors of measurements have a length of rows and cols.
    let dense = ["matrix-sensing", "deep-matrix-factorization", "deep-sparse-recovery", "robust-sensing"];
    let is_dense = dense.contains(&case.family.as_str())
        || case.parameters.get("measurement") == Some(&Value::Text("gaussian".to_owned()));
    let each = if is_dense { rows * cols } else { rows + cols };
    let numbers = rows * cols + measurements * each + (rows + cols) * size("factor_rank");
    let bytes = 8.0 * numbers;
    match flatbench_runner::Allowance::of_this_process().memory {
        Some(memory) if bytes > memory as f64 => Err(FlatbenchError::new_err(format!(
            "an instance of this size takes {:.1} GiB and more, and this process may use {:.1} GiB (take smaller sizes)",
            bytes / f64::from(1 << 30),
            memory as f64 / f64::from(1 << 30)
        ))),
        _ => Ok(()),
    }
}

/// Lends the instance's evaluator, to one thread at a time.
fn evaluator<T>(drawn: &Drawn, work: impl FnOnce(&mut dyn Evaluator) -> T) -> T {
    drawn.with_dependent(|_, evaluator| {
        let mut evaluator = evaluator.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut **evaluator)
    })
}

/// Everything that is wrong with what an instance was to be drawn from.
fn suite_error(mistakes: Vec<String>) -> PyErr {
    SuiteError::new_err((mistakes,))
}

fn init_of(word: &str) -> PyResult<Init> {
    word.parse().map_err(|error| FlatbenchError::new_err(format!("init: {error}")))
}

/// The start of this word and factor, as a suite would have it.
fn start_of(init: Init, scale: Option<f64>) -> PyResult<Init> {
    let (least, most) = (Case::SCALES.start(), Case::SCALES.end());
    match (init, scale) {
        (_, Some(scale)) if !Case::SCALES.contains(&scale) => {
            Err(suite_error(vec![format!("init_scale is {scale}, and has to be from {least:e} to {most}")]))
        }
        (Init::Large | Init::Scaled, Some(_)) => Ok(Init::Scaled),
        (Init::Spectral, Some(_)) => Ok(init),
        (_, Some(_)) => Err(suite_error(vec![format!(
            "init_scale multiplies the large or the spectral start: init cannot be {init}"
        )])),
        (Init::Given, _) => Err(suite_error(vec!["init cannot be given: only a suite gives a point".to_owned()])),
        (Init::Scaled, None) => Err(suite_error(vec!["init is scaled, and there is no init_scale".to_owned()])),
        (_, None) => Ok(init),
    }
}

#[pymethods]
impl Instance {
    /// Draws an instance of a family; `parameters` is a JSON object.
    #[staticmethod]
    fn draw(
        py: Python<'_>,
        family: String,
        parameters: &str,
        start: (String, Option<f64>),
        seeds: (u64, u64),
        budget: f64,
        data_root: PathBuf,
    ) -> PyResult<Self> {
        let families = Families::new();
        let described = families.of(&family);
        if described.is_none() {
            let known: Vec<&str> =
                flatbench_runner::Catalog::families(&families).iter().map(|family| family.name.as_str()).collect();
            let title = format!("no family `{family}` (known: {})", known.join(", "));
            return Err(suite_error(vec![title]));
        }
        if !(budget.is_finite() && budget > 0.0) {
            return Err(suite_error(vec![format!("budget is {budget}, and has to be a number above 0")]));
        }
        let given = serde_json::from_str(parameters).map_err(|error| {
            FlatbenchError::new_err(format!("the parameters of a family are plain values: {error}"))
        })?;
        let checked = check_case(&family, &given, &data_root)
            .map_err(|mistakes| suite_error(mistakes.iter().map(|mistake| format!("{family}, {mistake}")).collect()))?;
        let (init, init_scale) = start;
        let init = start_of(init_of(&init)?, init_scale)?;
        if let Some(reason) = described.filter(|_| init == Init::Spectral).and_then(|family| family.no_spectral_start())
        {
            return Err(suite_error(vec![format!("{family} has no spectral start: {reason}")]));
        }
        let parameters = checked.parameters;
        let case = Case { name: family.clone(), family, parameters, init, init_scale, budget, ..Case::default() };
        Instance::new(py, case, seeds, None, data_root)
    }

    /// Draws the instance of a suite's case that runs of a repetition meet.
    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "named where they are given, in the package")]
    fn of_suite(
        py: Python<'_>,
        path: &str,
        text: &str,
        data_root: PathBuf,
        case: &str,
        init: &str,
        split: &str,
        repetition: u32,
    ) -> PyResult<Self> {
        let source = Source { path, text, data_root: &data_root };
        let suite = Suite::check(source, &Families::new(), &[], false).map_err(|found| {
            let told = found.mistakes.iter();
            suite_error(told.map(|mistake| format!("{path}:{}: {}", found.line(mistake), mistake.title)).collect())
        })?;
        let Some(of_suite) = suite.cases().iter().find(|known| known.name() == case) else {
            let known: Vec<&str> = suite.cases().iter().map(|case| case.name()).collect();
            let title = format!("the suite `{}` has no case `{case}` (known: {})", suite.name(), known.join(", "));
            return Err(suite_error(vec![title]));
        };
        let split: Split = split.parse().map_err(|error| FlatbenchError::new_err(format!("split: {error}")))?;
        let init = init_of(init)?;
        if !of_suite.can_start(init) {
            return Err(suite_error(vec![format!("the case `{case}` has no {init} start")]));
        }
        let draw = Draw::new(&suite, of_suite, init, split, repetition);
        let seeds = (draw.instance_seed, draw.init_seed);
        Instance::new(py, draw.case, seeds, draw.given, suite.data_root().to_owned())
    }

    /// What it is, as JSON: family, parameters, sizes, start, seeds, factorization.
    fn about(&self) -> String {
        let kind = self.problem().factorization();
        json!({
            "family": self.case.family,
            "parameters": self.case.parameters,
            "init": self.case.init.name(),
            "init_scale": self.case.init_scale,
            "instance_seed": self.seeds.0,
            "init_seed": self.seeds.1,
            "budget": self.case.budget,
            "dimensions": self.problem().dimensions(),
            "formula": kind.formula(),
            "signs": kind.signs(),
            "start_loss": self.start_loss,
        })
        .to_string()
    }

    #[getter]
    fn blocks<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        named(py, &self.blocks)
    }

    #[getter]
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.vector(py, self.start.clone())
    }

    #[getter]
    fn truth<'py>(&self, py: Python<'py>) -> Option<Matrix<'py>> {
        self.problem().truth().map(|truth| truth.to_pyarray(py))
    }

    #[getter]
    fn targets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.problem().targets())
    }

    /// The measurements in the cheapest form that has them all, as arrays by name.
    fn measurements<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (operator, arrays) = (self.problem().operator(), PyDict::new(py));
        match operator.structure() {
            _ if self.problem().outlier_radius().is_some() => arrays.set_item("kind", "all-entries")?,
            Structure::Dense => {
                let shape = [operator.count(), operator.rows(), operator.cols()];
                let all = PyArray3::<f64>::zeros(py, shape, false);
                {
                    let mut all = all.try_readwrite()?;
                    let size = shape[1] * shape[2];
                    for (i, matrix) in all.as_slice_mut()?.chunks_exact_mut(size).enumerate() {
                        operator.measurement(i, matrix);
                    }
                }
                arrays.set_item("kind", "dense")?;
                arrays.set_item("matrices", all)?;
            }
            Structure::RankOne { left, right } => {
                arrays.set_item("kind", "rank-one")?;
                arrays.set_item("left", left.to_pyarray(py))?;
                arrays.set_item("right", right.to_pyarray(py))?;
            }
            Structure::Entries { positions, amplitude } => {
                arrays.set_item("kind", "entries")?;
                let pairs: Vec<Vec<i64>> = positions.iter().map(|&(i, j)| vec![i as i64, j as i64]).collect();
                arrays.set_item("positions", PyArray2::from_vec2(py, &pairs)?)?;
                arrays.set_item("amplitude", amplitude)?;
            }
        }
        arrays.set_item("outlier_radius", self.problem().outlier_radius())?;
        arrays.set_item("least_absolute", self.problem().least_absolute())?;
        Ok(arrays)
    }

    fn loss(&self, w: &Bound<'_, PyAny>) -> PyResult<f64> {
        let point = self.point(w, "w")?;
        Ok(w.py().detach(|| evaluator(&self.drawn, |evaluator| evaluator.loss(&point))))
    }

    #[pyo3(signature = (w, out = None))]
    fn gradient<'py>(&self, w: &Bound<'py, PyAny>, out: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        self.ask(w, Question::Pass(Pass::Gradient), out)
    }

    /// f(w) and its gradient, for the price of the gradient.
    fn value_and_gradient<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<(f64, Bound<'py, PyAny>)> {
        let (py, point) = (w.py(), self.point(w, "w")?);
        let mut gradient = vec![0.0; point.len()];
        let loss = py.detach(|| evaluator(&self.drawn, |evaluator| evaluator.gradient(&point, &mut gradient)));
        Ok((loss, self.vector(py, gradient)?))
    }

    #[pyo3(signature = (w, batch, noise = None, out = None))]
    fn minibatch_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        batch: &Bound<'py, PyAny>,
        noise: Option<&Bound<'py, PyAny>>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (batch, noise) = (indices_of(batch)?, noise.map(noise_of).transpose()?);
        let measurements = self.problem().dimensions().measurements;
        crate::arrays::check_batch(&batch, noise.as_deref(), measurements)?;
        self.ask(w, Question::MinibatchGradient { batch: &batch, noise: noise.as_deref() }, out)
    }

    #[pyo3(signature = (w, noise, out = None))]
    fn gradient_with_noise<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        noise: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        checked(noise, "the noise", self.problem().dimensions().measurements)?;
        let noise = noise_of(noise)?;
        self.ask(w, Question::Pass(Pass::PerturbedGradient(&noise)), out)
    }

    #[pyo3(signature = (w, v, out = None))]
    fn hessian_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let v = self.point(v, "v")?;
        self.ask(w, Question::Pass(Pass::HessianVector(&v)), out)
    }

    fn hessian_trace(&self, w: &Bound<'_, PyAny>) -> PyResult<f64> {
        let point = self.point(w, "w")?;
        let trace = w.py().detach(|| {
            evaluator(&self.drawn, |evaluator| {
                evaluator.supports(Question::Trace).map_err(|error| error.to_string())?;
                Ok(evaluator.hessian_trace(&point))
            })
        });
        trace.map_err(|reason: String| NotSupported::new_err(reason))
    }

    #[pyo3(signature = (w, out = None))]
    fn hessian_trace_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.ask(w, Question::TraceGradient, out)
    }

    /// Predictions minus targets, length m.
    fn residuals<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (py, point) = (w.py(), self.point(w, "w")?);
        let mut residuals = vec![0.0; self.problem().dimensions().measurements];
        py.detach(|| evaluator(&self.drawn, |evaluator| evaluator.residuals(&point, &mut residuals)));
        Ok(PyArray1::from_vec(py, residuals))
    }

    /// X(w), rows × cols.
    fn end_to_end<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<Matrix<'py>> {
        let point = self.point(w, "w")?;
        Ok(self.problem().end_to_end(&point).to_pyarray(w.py()))
    }

    /// Where gradient flow from w ends: the point or None, the distance to it, and why there is none.
    fn limit<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<(Option<Bound<'py, PyAny>>, f64, Option<String>)> {
        let (py, point) = (w.py(), self.point(w, "w")?);
        if point.iter().any(|x| !x.is_finite()) {
            return Ok((None, f64::NAN, Some("the parameters are not finite".to_owned())));
        }
        let found = py.detach(|| {
            evaluator(&self.drawn, |evaluator| {
                limit_point(self.problem(), evaluator, &point, self.start_loss, allowance(self.case.budget))
            })
        });
        match found.failure {
            None => Ok((Some(self.vector(py, found.w)?), found.distance, None)),
            Some(failure) => Ok((None, found.distance, Some(failure.to_string()))),
        }
    }

    /// All metrics of a point, as JSON.
    fn metrics(&self, w: &Bound<'_, PyAny>) -> PyResult<String> {
        let point = self.point(w, "w")?;
        let metrics = w.py().detach(|| Gauge::new(self.problem(), self.references()).metrics(&point));
        in_json(&metrics)
    }

    /// What is known of the flattest and the norm-minimal zero-loss point, as JSON.
    fn reference_records(&self, py: Python<'_>) -> PyResult<String> {
        in_json(py.detach(|| self.references()))
    }

    /// X of a reference ("flattest" or "norm-minimal"), and the w of its flattest factorization; None where there is none.
    fn reference_point<'py>(
        &self,
        py: Python<'py>,
        which: &str,
    ) -> PyResult<(Option<Matrix<'py>>, Option<Bound<'py, PyAny>>)> {
        let solve: fn(&dyn Problem, &Settings) -> Result<ReferencePoint, ReferenceError> = match which {
            "flattest" => reference::flattest,
            _ => reference::norm_minimal,
        };
        let solved = py.detach(|| {
            let x = solve(self.problem(), &Settings::default()).ok()?.x?;
            let w = self.problem().flattest_factorization(x.view());
            Some((x, w))
        });
        let Some((x, w)) = solved else { return Ok((None, None)) };
        Ok((Some(x.to_pyarray(py)), w.map(|w| self.vector(py, w)).transpose()?))
    }
}

fn in_json(data: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(data).map_err(|error| FlatbenchError::new_err(error.to_string()))
}
