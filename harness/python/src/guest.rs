//! Python optimizers as the host knows them.

use std::path::Path;
use std::rc::Rc;

use flatbench_plugin::host::{Description, Guest, GuestOptimizer, Library, LoadError, Value};
use flatbench_plugin::{Block, Parameters, Result, Status, Vector};
use numpy::PyArray1;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{ffi, intern};

use crate::arrays::{checked, copy_out, layout, vector_of};
use crate::desk::Desk;
use crate::errors::{in_words, to_sdk};
use crate::oracle::Oracle;
use crate::value;

/// What the file of a Python optimizer ends in.
const PARCEL: &str = "fbpy";
/// What stands in the place of the plugin interface's version.
const INTERFACE: &str = "Python 1.0";

/// Opens a parcel; `None` for any other file.
pub(crate) fn open(path: &Path) -> Option<std::result::Result<Library, LoadError>> {
    if path.extension().is_none_or(|extension| extension != PARCEL) {
        return None;
    }
    if !path.exists() {
        return Some(Err(LoadError::Missing { path: path.to_owned() }));
    }
    let read = Python::attach(|py| read(py, path).map_err(|error| in_words(py, &error)));
    Some(match read {
        Ok((spec, description)) => Library::guest(path, description, Rc::new(Parcel { spec })),
        Err(detail) => Err(LoadError::Broken { path: path.to_owned(), detail }),
    })
}

fn read(py: Python<'_>, path: &Path) -> PyResult<(Py<PyAny>, Description)> {
    let spec = py.import("flatbench._parcel")?.call_method1("load", (path,))?;
    let told = py.import("flatbench._spec")?.call_method1("describe", (&spec,))?;
    Ok((spec.unbind(), value::description(&told, INTERFACE)?))
}

/// An optimizer that was read from a parcel.
#[derive(Debug)]
struct Parcel {
    spec: Py<PyAny>,
}

impl Guest for Parcel {
    fn create(&self, values: &[(String, Value)], blocks: &[Block]) -> Result<Box<dyn GuestOptimizer>> {
        let thread = ThreadState::keep();
        let made = Python::attach(|py| {
            let create = || {
                let values = value::dictionary(py, values)?;
                let blocks_told = value::blocks(py, blocks)?;
                let run = py.import("flatbench._spec")?.call_method1("create", (&self.spec, values, blocks_told))?;
                let layout = layout(py, blocks)?;
                let dimension: usize = blocks.iter().map(Block::len).sum();
                let w = vector_of(PyArray1::zeros(py, dimension, false), &layout)?.unbind();
                let oracle = Py::new(py, Oracle::new(blocks, layout))?;
                PyResult::Ok((run.unbind(), w, oracle))
            };
            create().map_err(|error| to_sdk(py, &error))
        });
        let (run, w, oracle) = made?;
        Ok(Box::new(PythonRun { run, w, oracle, scratch: Default::default(), _thread: thread }))
    }
}

/// An optimizer at work. The fields go in their order, the state of the thread last.
struct PythonRun {
    run: Py<PyAny>,
    /// The run's own w: filled from the host's before a call and copied back after it, so that nothing of the host's can be kept.
    w: Py<PyAny>,
    oracle: Py<Oracle>,
    /// Where arguments of the oracle are copied to.
    scratch: [Vector; 2],
    _thread: ThreadState,
}

impl PythonRun {
    /// Calls a method with w and the oracle, and takes w over, also after an exception: the refused call at the end of the budget
    /// is one.
    fn call<T: Send>(
        &mut self,
        name: &str,
        w: &mut Parameters,
        oracle: &mut flatbench_plugin::Oracle,
        read: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T> {
        self.make_room(w);
        let PythonRun { run, w: own, oracle: asked, scratch: [point, direction], .. } = self;
        Python::attach(|py| {
            let own = own.bind(py);
            let called = copy_out(w, own, "w").and_then(|()| {
                let desk = Desk { oracle, point, direction };
                asked.get().door().open(desk, || {
                    let answer = run.bind(py).call_method1(name, (own, &*asked))?;
                    read(&answer)
                })
            });
            let taken = take_back(own, w);
            let result = called.map_err(|error| to_sdk(py, &error))?;
            taken.map_err(|error| to_sdk(py, &error))?;
            Ok(result)
        })
    }

    fn make_room(&mut self, w: &Parameters) {
        for vector in &mut self.scratch {
            if vector.len() != w.len() {
                *vector = w.zeros_like();
            }
        }
    }
}

fn take_back(own: &Bound<'_, PyAny>, w: &mut Parameters) -> PyResult<()> {
    let own = checked(own, "w", w.len())?;
    let own = numpy::PyArrayMethods::try_readonly(own)?;
    w.copy_from_slice(own.as_slice()?);
    Ok(())
}

impl GuestOptimizer for PythonRun {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut flatbench_plugin::Oracle) -> Result<()> {
        self.call("initialize", w, oracle, |_| Ok(()))
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut flatbench_plugin::Oracle) -> Result<Status> {
        self.call("step", w, oracle, |answer| match answer.extract::<Option<bool>>() {
            Ok(Some(true)) => Ok(Status::Converged),
            Ok(_) => Ok(Status::Continue),
            Err(_) => Err(PyTypeError::new_err(format!(
                "`step` returned a {}: it returns True when there is nothing more to gain, and nothing otherwise; w is changed in \
                 place (w -= ..., or w[:] = ...)",
                answer.get_type().name()?
            ))),
        })
    }

    fn report(&mut self, oracle: &mut flatbench_plugin::Oracle) -> Result<Vec<(String, f64)>> {
        let PythonRun { run, oracle: asked, scratch: [point, direction], .. } = self;
        Python::attach(|py| {
            let desk = Desk { oracle, point, direction };
            let said: PyResult<Vec<(String, f64)>> = asked.get().door().open(desk, || {
                let answer = run.bind(py).call_method1(intern!(py, "report"), (&*asked,))?;
                answer.call_method0(intern!(py, "items"))?.try_iter()?.map(|item| item?.extract()).collect()
            });
            said.map_err(|error| to_sdk(py, &error))
        })
    }

    fn evaluation_point(&mut self, point: &mut Parameters) -> Result<()> {
        Python::attach(|py| {
            let mut judge = || {
                let own = self.w.bind(py);
                copy_out(point, own, "w")?;
                let answer = self.run.bind(py).call_method1(intern!(py, "evaluation_point"), (own,))?;
                match answer.is_none() {
                    true => Ok(()),
                    false => take_back(&answer, point),
                }
            };
            judge().map_err(|error: PyErr| to_sdk(py, &error))
        })
    }
}

/// The interpreter's state of a thread, kept for as long as a run is on it: otherwise every call would make one anew, and what
/// packages keep by thread would be lost between steps.
struct ThreadState {
    state: ffi::PyGILState_STATE,
    saved: *mut ffi::PyThreadState,
}

impl ThreadState {
    /// Of the calling thread, which does not have the interpreter's lock and has to drop it.
    fn keep() -> Self {
        // SAFETY: the interpreter is there; the lock is taken and given back.
        unsafe {
            let state = ffi::PyGILState_Ensure();
            ThreadState { state, saved: ffi::PyEval_SaveThread() }
        }
    }
}

impl Drop for ThreadState {
    fn drop(&mut self) {
        // SAFETY: on the thread that made it, which does not have the lock.
        unsafe {
            ffi::PyEval_RestoreThread(self.saved);
            ffi::PyGILState_Release(self.state);
        }
    }
}
