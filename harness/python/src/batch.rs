//! Batches of measurements.

use numpy::PyArray1;
use pyo3::prelude::*;

/// Indices of measurements, drawn by `Oracle.sample_batch`. NumPy takes it for an array.
#[pyclass(frozen, module = "flatbench")]
pub struct Batch {
    pub(crate) indices: Vec<usize>,
    pub(crate) whole: bool,
}

#[pymethods]
impl Batch {
    /// The indices, int64.
    #[getter]
    fn indices<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.indices.iter().map(|&index| index as i64))
    }

    /// Whether it is every measurement once: then the full gradient is the batch's gradient.
    #[getter]
    fn is_whole(&self) -> bool {
        self.whole
    }

    fn __len__(&self) -> usize {
        self.indices.len()
    }

    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // Always a fresh array: what `copy` asks for.
        let _ = copy;
        let indices = self.indices(py).into_any();
        dtype.map_or(Ok(indices.clone()), |dtype| indices.call_method1("astype", (dtype,)))
    }

    fn __repr__(&self) -> String {
        format!("Batch of {} measurements{}", self.indices.len(), if self.whole { ", all of them" } else { "" })
    }
}
