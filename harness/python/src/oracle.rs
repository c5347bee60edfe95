//! The oracle that a Python optimizer asks.

use flatbench_plugin::{Block, Vector};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::arrays::{Lent, checked, copy_in, copy_out, indices_of, named, noise_of, numbers_of, vector_of};
use crate::batch::Batch;
use crate::desk::{Desk, Door};
use crate::errors::to_python;
use crate::random::Random;

/// Answers questions about the loss f(w) = (1/m) sum of rho_i(w)**2 over m measurements, and counts them.
///
/// Every answer is charged to the budget, in full-gradient equivalents: a mini-batch gradient of B indices costs B/m. It answers
/// during `initialize`, `step` and `report` of its run, on the thread of the run.
///
/// Raises
/// ------
/// BudgetSpent
///     The budget does not cover the call: the normal end of a run. Let it pass.
/// NotSupported
///     The family cannot answer the question.
/// OracleError
///     Wrong lengths, types or indices, or a call at the wrong time.
#[pyclass(frozen, module = "flatbench")]
pub struct Oracle {
    door: Door,
    blocks: Vec<Block>,
    layout: Py<PyAny>,
}

impl Oracle {
    /// `layout` is what a `Vector` of the problem carries.
    pub(crate) fn new(blocks: &[Block], layout: Py<PyAny>) -> Self {
        Oracle { door: Door::new(), blocks: blocks.to_vec(), layout }
    }

    pub(crate) fn door(&self) -> &Door {
        &self.door
    }

    pub(crate) fn enter<T>(&self, work: impl FnOnce(&mut Desk<'_>) -> T) -> PyResult<T> {
        self.door.enter(work)
    }

    fn size(&self) -> usize {
        self.blocks.iter().map(Block::len).sum()
    }

    /// Answers with a number.
    fn number(
        &self,
        w: &Bound<'_, PyAny>,
        ask: impl FnOnce(&mut flatbench_plugin::Oracle, &Vector) -> flatbench_plugin::Result<f64> + Send,
    ) -> PyResult<f64> {
        self.enter(|desk| {
            copy_in(w, "w", desk.point)?;
            let (oracle, point) = (Lent(&mut *desk.oracle), Lent(&mut *desk.point));
            w.py().detach(move || ask(oracle.get(), point.get())).map_err(to_python)
        })?
    }

    /// Answers with a list of numbers.
    fn list<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        direction: Option<&Bound<'py, PyAny>>,
        ask: impl FnOnce(&mut flatbench_plugin::Oracle, &Vector, &Vector) -> flatbench_plugin::Result<Vec<f64>> + Send,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let py = w.py();
        let answer = self.enter(|desk| {
            copy_in(w, "w", desk.point)?;
            if let Some(v) = direction {
                copy_in(v, "v", desk.direction)?;
            }
            let Desk { oracle, point, direction } = desk;
            let lent = (Lent(&mut **oracle), Lent(&mut **point), Lent(&mut **direction));
            let answer = py.detach(move || {
                let (oracle, point, direction) = lent;
                ask(oracle.get(), point.get(), direction.get())
            });
            answer.map_err(to_python)
        })??;
        Ok(PyArray1::from_vec(py, answer))
    }

    /// Answers with a vector, in `out` where it is given.
    fn vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        direction: Option<&Bound<'py, PyAny>>,
        out: Option<Bound<'py, PyAny>>,
        ask: impl FnOnce(&mut flatbench_plugin::Oracle, &Vector, &Vector) -> flatbench_plugin::Result<Vector> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = w.py();
        let out = match out {
            Some(out) => out,
            None => self.wrapped(PyArray1::<f64>::zeros(py, self.size(), false))?,
        };
        self.enter(|desk| {
            copy_in(w, "w", desk.point)?;
            if let Some(v) = direction {
                copy_in(v, "v", desk.direction)?;
            }
            let Desk { oracle, point, direction } = desk;
            let lent = (Lent(&mut **oracle), Lent(&mut **point), Lent(&mut **direction));
            let answer = py.detach(move || {
                let (oracle, point, direction) = lent;
                ask(oracle.get(), point.get(), direction.get()).map(Lent)
            });
            let Lent(answer) = answer.map_err(to_python)?;
            copy_out(&answer, &out, "out")
        })??;
        Ok(out)
    }

    /// An array as a `Vector` of the problem.
    pub(crate) fn wrapped<'py>(&self, array: Bound<'py, PyArray1<f64>>) -> PyResult<Bound<'py, PyAny>> {
        vector_of(array, &self.layout)
    }
}

#[pymethods]
impl Oracle {
    /// Number of parameters, the length of w.
    #[getter]
    fn dimension(&self) -> usize {
        self.size()
    }

    /// The factors that make up w, in order: tuples of name, rows, cols.
    #[getter]
    fn blocks<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        named(py, &self.blocks)
    }

    /// Number of measurements m.
    #[getter]
    fn measurements(&self) -> PyResult<usize> {
        self.enter(|desk| desk.oracle.measurements())
    }

    /// Spent fraction of the budget, in [0, 1].
    #[getter]
    fn progress(&self) -> PyResult<f64> {
        self.enter(|desk| desk.oracle.progress())
    }

    /// Budget left, in full-gradient equivalents.
    #[getter]
    fn remaining(&self) -> PyResult<f64> {
        self.enter(|desk| desk.oracle.remaining())
    }

    /// The run's own random numbers.
    #[getter]
    fn random(slf: Bound<'_, Self>) -> Random {
        Random::of(slf.unbind())
    }

    /// f(w).
    fn loss(&self, w: &Bound<'_, PyAny>) -> PyResult<f64> {
        self.number(w, |oracle, w| oracle.loss(w))
    }

    /// The gradient of f at w: a new `Vector`, or `out`.
    #[pyo3(signature = (w, out = None))]
    fn gradient<'py>(&self, w: &Bound<'py, PyAny>, out: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, None, out, |oracle, w, _| oracle.gradient(w))
    }

    /// Gradient of the mean of rho_i(w)**2 over the indices of `batch`, repeats allowed; `noise[j]` is added to the target of
    /// `batch[j]`.
    #[pyo3(signature = (w, batch, noise = None, out = None))]
    fn minibatch_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        batch: &Bound<'py, PyAny>,
        noise: Option<&Bound<'py, PyAny>>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (batch, noise) = (indices_of(batch)?, noise.map(noise_of).transpose()?);
        self.vector(w, None, out, move |oracle, w, _| match &noise {
            Some(noise) => oracle.minibatch_gradient_with_noise(w, &batch, noise),
            None => oracle.minibatch_gradient(w, &batch),
        })
    }

    /// The gradient with `noise` (length m) added to the targets.
    #[pyo3(signature = (w, noise, out = None))]
    fn gradient_with_noise<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        noise: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let noise = noise_of(noise)?;
        self.vector(w, None, out, move |oracle, w, _| oracle.gradient_with_noise(w, &noise))
    }

    /// Gradient over a drawn batch, the full gradient where the batch is whole; `noise[j]` is added to the target of its j-th
    /// entry.
    #[pyo3(signature = (w, batch, noise = None, out = None))]
    fn batch_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        batch: &Bound<'py, Batch>,
        noise: Option<&Bound<'py, PyAny>>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (batch.get().whole, noise) {
            (false, noise) => self.minibatch_gradient(w, batch.as_any(), noise, out),
            (true, None) => self.gradient(w, out),
            (true, Some(noise)) => self.gradient_with_noise(w, noise, out),
        }
    }

    /// f(w) and its gradient, for the price of the gradient.
    #[pyo3(signature = (w, out = None))]
    fn loss_and_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(f64, Bound<'py, PyAny>)> {
        let mut loss = f64::NAN;
        let gradient = self.vector(w, None, out, |oracle, w, _| {
            let (value, gradient) = oracle.loss_and_gradient(w)?;
            loss = value;
            Ok(gradient)
        })?;
        Ok((loss, gradient))
    }

    /// f(w + t v) for every t of `steps`, v the `direction`; each is charged as a loss.
    fn losses_along<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        direction: &Bound<'py, PyAny>,
        steps: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let steps = numbers_of(steps, "`steps`")?;
        self.list(w, Some(direction), move |oracle, w, direction| oracle.losses_along(w, direction, &steps))
    }

    /// The mean of rho_i(w)**2 over the indices of `batch`, repeats allowed.
    fn minibatch_loss(&self, w: &Bound<'_, PyAny>, batch: &Bound<'_, PyAny>) -> PyResult<f64> {
        let batch = indices_of(batch)?;
        self.number(w, move |oracle, w| oracle.minibatch_loss(w, &batch))
    }

    /// The mean over a drawn batch: the loss where the batch is whole.
    fn batch_loss(&self, w: &Bound<'_, PyAny>, batch: &Bound<'_, Batch>) -> PyResult<f64> {
        if batch.get().whole { self.loss(w) } else { self.minibatch_loss(w, batch.as_any()) }
    }

    /// The Hessian of the mean of rho_i(w)**2 over the indices of `batch`, repeats allowed, times v.
    #[pyo3(signature = (w, v, batch, out = None))]
    fn minibatch_hessian_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        batch: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batch = indices_of(batch)?;
        self.vector(w, Some(v), out, move |oracle, w, v| oracle.minibatch_hessian_vector(w, v, &batch))
    }

    /// The same over a drawn batch: the Hessian of f times v where the batch is whole.
    #[pyo3(signature = (w, v, batch, out = None))]
    fn batch_hessian_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        batch: &Bound<'py, Batch>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if batch.get().whole {
            self.hessian_vector(w, v, out)
        } else {
            self.minibatch_hessian_vector(w, v, batch.as_any(), out)
        }
    }

    /// The residuals rho(w), one for each measurement.
    fn residuals<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.list(w, None, |oracle, w, _| oracle.residuals(w))
    }

    /// rho_i(w) for the indices of `batch`, one for each entry.
    fn minibatch_residuals<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        batch: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let batch = indices_of(batch)?;
        self.list(w, None, move |oracle, w, _| oracle.minibatch_residuals(w, &batch))
    }

    /// rho_i(w) for a drawn batch, one for each entry.
    fn batch_residuals<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        batch: &Bound<'py, Batch>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        if batch.get().whole { self.residuals(w) } else { self.minibatch_residuals(w, batch.as_any()) }
    }

    /// J v, J the derivative of the residuals.
    fn jacobian_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.list(w, Some(v), |oracle, w, v| oracle.jacobian_vector(w, v))
    }

    /// The transpose of J times u, one number for each measurement.
    #[pyo3(signature = (w, u, out = None))]
    fn jacobian_transpose_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        u: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        checked(u, "u", self.measurements()?)?;
        let u = numbers_of(u, "u")?;
        self.vector(w, None, out, move |oracle, w, _| oracle.jacobian_transpose_vector(w, &u))
    }

    /// 2/m times the transpose of J times J v: the Gauss-Newton part of the Hessian times v.
    #[pyo3(signature = (w, v, out = None))]
    fn gauss_newton_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, Some(v), out, |oracle, w, v| oracle.gauss_newton_vector(w, v))
    }

    /// The trace of the Hessian of f at w split by factor, exact.
    fn hessian_trace_by_block<'py>(&self, w: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.list(w, None, |oracle, w, _| oracle.hessian_trace_by_block(w))
    }

    /// The gradient of the sum of the traces of the factors, each times its weight, exact.
    #[pyo3(signature = (w, weights, out = None))]
    fn weighted_hessian_trace_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        weights: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let weights = numbers_of(weights, "`weights`")?;
        self.vector(w, None, out, move |oracle, w, _| oracle.weighted_hessian_trace_gradient(w, &weights))
    }

    /// The largest eigenvalue of the Hessian of f at w and a unit eigenvector; charged as the Hessian-vector products that it takes.
    #[pyo3(signature = (w, out = None))]
    fn lambda_max<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(f64, Bound<'py, PyAny>)> {
        let mut largest = f64::NAN;
        let vector = self.vector(w, None, out, |oracle, w, _| {
            let (value, vector) = oracle.lambda_max(w)?;
            largest = value;
            Ok(vector)
        })?;
        Ok((largest, vector))
    }

    /// The gradient in w of v times the Hessian times v, for a fixed v.
    #[pyo3(signature = (w, v, out = None))]
    fn curvature_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, Some(v), out, |oracle, w, v| oracle.curvature_gradient(w, v))
    }

    /// Relative flatness (Petzka et al. 2021), summed over the layers.
    fn relative_flatness(&self, w: &Bound<'_, PyAny>) -> PyResult<f64> {
        self.number(w, |oracle, w| oracle.relative_flatness(w))
    }

    /// The gradient of relative flatness, exact.
    #[pyo3(signature = (w, out = None))]
    fn relative_flatness_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, None, out, |oracle, w, _| oracle.relative_flatness_gradient(w))
    }

    /// The Hessian of f at w times v.
    #[pyo3(signature = (w, v, out = None))]
    fn hessian_vector<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        v: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, Some(v), out, |oracle, w, v| oracle.hessian_vector(w, v))
    }

    /// The trace of the Hessian of f at w, exact.
    fn hessian_trace(&self, w: &Bound<'_, PyAny>) -> PyResult<f64> {
        self.number(w, |oracle, w| oracle.hessian_trace(w))
    }

    /// The gradient of the trace of the Hessian at w, exact.
    #[pyo3(signature = (w, out = None))]
    fn hessian_trace_gradient<'py>(
        &self,
        w: &Bound<'py, PyAny>,
        out: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.vector(w, None, out, |oracle, w, _| oracle.hessian_trace_gradient(w))
    }

    /// Draws the next batch of `size` measurements.
    ///
    /// 0 means all measurements, each once; more than m count as m. With `replacement` every index is drawn independently.
    /// Without, batches are consecutive pieces of a random permutation, reshuffled at the end of every epoch.
    #[pyo3(signature = (size, replacement = false))]
    fn sample_batch(&self, size: usize, replacement: bool) -> PyResult<Batch> {
        self.enter(|desk| {
            let batch = desk.oracle.sample_batch(size, replacement);
            Batch { indices: batch.to_vec(), whole: batch.is_whole() }
        })
    }

    fn __repr__(&self) -> String {
        let blocks: Vec<String> =
            self.blocks.iter().map(|block| format!("{} {}x{}", block.name, block.rows, block.cols)).collect();
        format!("Oracle over {}", blocks.join(", "))
    }
}
