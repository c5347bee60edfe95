//! Arrays of NumPy on their way in and out.

use flatbench_plugin::Block;
use numpy::{PyArray1, PyArrayDescrMethods, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::batch::Batch;
use crate::errors::OracleError;

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

/// A list of float64, or of what is a number.
pub(crate) fn numbers_of(list: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<f64>> {
    if let Ok(array) = list.cast::<PyArray1<f64>>() {
        let mut copy = vec![0.0; array.len()];
        copy_in(list, what, &mut copy)?;
        return Ok(copy);
    }
    list.extract::<Vec<f64>>().map_err(|error| {
        if error.is_instance_of::<PyTypeError>(list.py()) {
            OracleError::new_err(format!("{what} is a list of numbers, or a NumPy vector of float64"))
        } else {
            error
        }
    })
}

/// A copy of some noise.
pub(crate) fn noise_of(noise: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    let length = noise.len().unwrap_or(0);
    let mut copy = vec![0.0; length];
    copy_in(noise, "the noise", &mut copy)?;
    Ok(copy)
}
