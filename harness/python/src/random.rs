//! The random stream of a run.

use numpy::{PyArray1, PyArrayMethods, PyReadwriteArray1};
use pyo3::prelude::*;

use crate::errors::OracleError;
use crate::oracle::Oracle;

/// The run's own random numbers, the same on every machine. Use no other source, or the run cannot be repeated.
#[pyclass(frozen, module = "flatbench")]
pub struct Random {
    oracle: Py<Oracle>,
}

impl Random {
    pub(crate) fn of(oracle: Py<Oracle>) -> Self {
        Random { oracle }
    }
}

#[pymethods]
impl Random {
    /// A number uniform on [0, 1), a multiple of 2**-53.
    fn uniform(&self) -> PyResult<f64> {
        self.oracle.get().enter(|desk| desk.oracle.random().uniform())
    }

    /// A whole number uniform on 0, ..., n - 1, without bias.
    fn index(&self, n: usize) -> PyResult<usize> {
        if n == 0 {
            return Err(OracleError::new_err("index(0): no index can be drawn from none (give n of 1 or more)"));
        }
        self.oracle.get().enter(|desk| desk.oracle.random().index(n))
    }

    /// A standard normal number, or an array of `size` of them.
    #[pyo3(signature = (size = None))]
    fn normal<'py>(&self, py: Python<'py>, size: Option<usize>) -> PyResult<Bound<'py, PyAny>> {
        match size {
            None => {
                let number = self.oracle.get().enter(|desk| desk.oracle.random().normal())?;
                Ok(number.into_pyobject(py)?.into_any())
            }
            Some(size) => {
                let numbers = PyArray1::zeros(py, size, false);
                self.fill_normal(numbers.try_readwrite()?)?;
                Ok(numbers.into_any())
            }
        }
    }

    /// Overwrites a one-dimensional array of float64 with independent standard normal numbers.
    fn fill_normal(&self, mut out: PyReadwriteArray1<'_, f64>) -> PyResult<()> {
        let out = out.as_slice_mut()?;
        self.oracle.get().enter(|desk| desk.oracle.random().fill_normal(out))
    }
}
