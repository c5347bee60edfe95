//! The oracle that a Python optimizer asks.

use flatbench_plugin::{Block, Vector};
use numpy::{PyArray1, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::batch::Batch;
use crate::desk::{Desk, Door};
use crate::errors::{OracleError, to_python};
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

/// An array as a `Vector` with this layout.
pub(crate) fn vector_of<'py>(array: Bound<'py, PyArray1<f64>>, layout: &Py<PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static VECTOR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = array.py();
    let class =
        VECTOR.get_or_try_init(py, || Ok::<_, PyErr>(py.import("flatbench.vector")?.getattr("Vector")?.unbind()))?;
    let vector = array.call_method1(intern!(py, "view"), (class,))?;
    vector.setattr(intern!(py, "_layout"), layout)?;
    Ok(vector)
}

/// The factors as `Block`s of the package.
pub(crate) fn named<'py>(py: Python<'py>, blocks: &[Block]) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let class = py.import(intern!(py, "flatbench.vector"))?.getattr(intern!(py, "Block"))?;
    blocks.iter().map(|block| class.call1((block.name.as_str(), block.rows, block.cols))).collect()
}

/// What the vectors of a problem with these factors have in common.
pub(crate) fn layout(py: Python<'_>, blocks: &[Block]) -> PyResult<Py<PyAny>> {
    let class = py.import("flatbench._layout")?.getattr("Layout")?;
    Ok(class.call_method1("of", (crate::value::blocks(py, blocks)?,))?.unbind())
}

/// What goes along while the interpreter's lock is released.
pub(crate) struct Lent<T>(pub(crate) T);

// SAFETY: `detach` runs its closure on the calling thread; the bound `Send` is there to keep Python objects out, and there are none.
unsafe impl<T> Send for Lent<T> {}

impl<T> Lent<T> {
    pub(crate) fn get(self) -> T {
        self.0
    }
}

/// Copies a vector of float64 that belongs to the problem.
pub(crate) fn copy_in(array: &Bound<'_, PyAny>, what: &str, into: &mut [f64]) -> PyResult<()> {
    let array = checked(array, what, into.len())?;
    // SAFETY: the lock is held, and nothing of Python runs while it is read.
    match unsafe { array.as_slice() } {
        Ok(slice) => into.copy_from_slice(slice),
        // SAFETY: as above.
        Err(_) => into.iter_mut().zip(unsafe { array.as_array() }).for_each(|(to, from)| *to = *from),
    }
    Ok(())
}

/// Copies into an array of float64 that can be written to.
pub(crate) fn copy_out(values: &[f64], array: &Bound<'_, PyAny>, what: &str) -> PyResult<()> {
    let target = checked(array, what, values.len())?;
    let writable: bool =
        array.getattr(intern!(array.py(), "flags"))?.getattr(intern!(array.py(), "writeable"))?.extract()?;
    if !writable {
        return Err(OracleError::new_err(format!("{what} cannot be written to (it is read-only: give a copy)")));
    }
    // SAFETY: the lock is held, nothing of Python runs while it is written, and it may be written to.
    match unsafe { target.as_slice_mut() } {
        Ok(slice) => slice.copy_from_slice(values),
        // SAFETY: as above.
        Err(_) => unsafe { target.as_array_mut() }.iter_mut().zip(values).for_each(|(to, from)| *to = *from),
    }
    Ok(())
}

/// A one-dimensional array of float64 with so many entries.
pub(crate) fn checked<'a, 'py>(
    array: &'a Bound<'py, PyAny>,
    what: &str,
    length: usize,
) -> PyResult<&'a Bound<'py, PyArray1<f64>>> {
    if let Ok(array) = array.cast::<PyArray1<f64>>() {
        if array.len() == length {
            return Ok(array);
        }
        return Err(OracleError::new_err(format!(
            "{what} has {} entries instead of {length} (is it of another problem?)",
            array.len()
        )));
    }
    Err(OracleError::new_err(match array.cast::<PyUntypedArray>() {
        Ok(other) if other.ndim() != 1 => format!(
            "{what} has shape {:?} instead of ({length},): all factors are one vector, row by row (use .ravel(), or fill a \
             `zeros_like` by its blocks)",
            other.shape()
        ),
        Ok(other) => format!(
            "{what} is of {}, and float64 is needed (use .astype(float), and keep the state of the method in float64 too)",
            other.dtype().typeobj().name().map_or_else(|_| "another type".to_owned(), |name| name.to_string())
        ),
        Err(_) => format!(
            "{what} is a {}, and a NumPy vector of float64 is needed (of a torch tensor that is .detach().numpy())",
            array.get_type().name().map_or_else(|_| "thing".to_owned(), |name| name.to_string())
        ),
    }))
}

/// The indices of a batch.
pub(crate) fn indices_of(batch: &Bound<'_, PyAny>) -> PyResult<Vec<usize>> {
    if let Ok(batch) = batch.cast::<Batch>() {
        return Ok(batch.get().indices.clone());
    }
    batch.call_method0("__iter__").and_then(|_| batch.extract::<Vec<usize>>()).map_err(|error| {
        let py = batch.py();
        if error.is_instance_of::<PyOverflowError>(py) || error.is_instance_of::<PyTypeError>(py) {
            OracleError::new_err("a batch is a sequence of whole numbers from 0 to m - 1")
        } else {
            error
        }
    })
}

/// Refuses a batch that a problem of so many measurements does not have.
pub(crate) fn check_batch(batch: &[usize], noise: Option<&[f64]>, measurements: usize) -> PyResult<()> {
    let refused = |reason: String| Err(OracleError::new_err(reason));
    if batch.is_empty() {
        return refused("the batch is empty".to_owned());
    }
    if let Some(index) = batch.iter().find(|&&index| index >= measurements) {
        return refused(format!("batch index {index} is out of range (there are {measurements} measurements)"));
    }
    match noise {
        Some(noise) if noise.len() != batch.len() => {
            refused(format!("the noise has {} entries instead of {}", noise.len(), batch.len()))
        }
        _ => Ok(()),
    }
}

/// A copy of some noise.
pub(crate) fn noise_of(noise: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let length = noise.len().unwrap_or(0);
    let mut copy = vec![0.0; length];
    copy_in(noise, "the noise", &mut copy)?;
    Ok(copy)
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
