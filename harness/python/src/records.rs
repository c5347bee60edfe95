//! Records as a table that other packages take over without copying, trajectories, and what a report says.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use flatbench_cli::Families;
use flatbench_cli::columns::{self, Cells, Column};
use flatbench_records::{Record, directory};
use flatbench_runner::Catalog;
use flatbench_runner::store::RunDirectory;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::FlatbenchError;

/// The records of a run directory as an Arrow table: `__arrow_c_stream__` is how pandas, polars, DuckDB and pyarrow take it.
#[pyclass(frozen, module = "flatbench._flatbench")]
pub struct Table {
    records: Vec<Record>,
    batch: RecordBatch,
    flaws: Vec<String>,
}

#[pymethods]
impl Table {
    /// Reads a run directory.
    #[new]
    fn new(py: Python<'_>, dir: PathBuf) -> PyResult<Self> {
        let read = py.detach(|| {
            if !directory::is_one(&dir).map_err(|error| format!("{}: {error}", dir.display()))? {
                return Err(format!("{} is no run directory: it has no records.jsonl", dir.display()));
            }
            let (records, flaws) = RunDirectory::read(&dir).map_err(|error| error.to_string())?;
            let batch = batch(&records).map_err(|error| error.to_string())?;
            Ok(Table { records, batch, flaws: flaws.iter().map(ToString::to_string).collect() })
        });
        read.map_err(|reason: String| FlatbenchError::new_err(reason))
    }

    fn __len__(&self) -> usize {
        self.records.len()
    }

    /// Lines of records.jsonl that cannot be read, and why.
    #[getter]
    fn flaws(&self) -> Vec<String> {
        self.flaws.clone()
    }

    /// Names of the columns with type and meaning.
    #[getter]
    fn columns(&self) -> Vec<(String, &'static str, String)> {
        columns::of(&self.records)
            .into_iter()
            .map(|column| (column.name, column.cells.kind(), column.meaning))
            .collect()
    }

    /// Record number `index` as JSON, with all that its line has.
    fn json(&self, index: usize) -> PyResult<String> {
        let record = self.records.get(index).ok_or_else(|| FlatbenchError::new_err("there is no such record"))?;
        serde_json::to_string(record).map_err(|error| FlatbenchError::new_err(error.to_string()))
    }

    /// The table as an Arrow C stream (PyCapsule interface).
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A consumer may ask for other types, and must take what it gets.
        let _ = requested_schema;
        let schema = self.batch.schema();
        let batches = std::iter::once(Ok::<_, ArrowError>(self.batch.clone())).collect::<Vec<_>>();
        let stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new(batches, schema)));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}

fn batch(records: &[Record]) -> Result<RecordBatch, ArrowError> {
    let all = columns::of(records);
    let fields: Vec<Field> = all.iter().map(field).collect();
    let arrays: Vec<ArrayRef> = all
        .iter()
        .map(|column| -> ArrayRef {
            match &column.cells {
                Cells::Text(of) => Arc::new(records.iter().map(of).collect::<StringArray>()),
                Cells::Integer(of) => Arc::new(records.iter().map(of).collect::<Int64Array>()),
                Cells::Real(of) => Arc::new(records.iter().map(of).collect::<Float64Array>()),
                Cells::Flag(of) => Arc::new(records.iter().map(of).collect::<BooleanArray>()),
            }
        })
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn field(column: &Column) -> Field {
    let kind = match column.cells {
        Cells::Text(_) => DataType::Utf8,
        Cells::Integer(_) => DataType::Int64,
        Cells::Real(_) => DataType::Float64,
        Cells::Flag(_) => DataType::Boolean,
    };
    let meaning = HashMap::from([("meaning".to_owned(), column.meaning.clone())]);
    Field::new(&column.name, kind, true).with_metadata(meaning)
}

/// The trajectory of a run as JSON; None where it left none.
#[pyfunction]
pub fn trajectory(dir: PathBuf, key: &str) -> PyResult<Option<String>> {
    let found = directory::trajectory(&dir, key).map_err(|error| {
        let file = directory::trajectory_file(&dir, key);
        FlatbenchError::new_err(format!("cannot read {}: {error}", file.display()))
    })?;
    let text = found.map(|trajectory| serde_json::to_string(&trajectory)).transpose();
    text.map_err(|error| FlatbenchError::new_err(error.to_string()))
}

/// What the report of a run directory says: the sentences of its verdict, and its central figure as SVG.
#[pyfunction]
pub fn summary(py: Python<'_>, dir: PathBuf) -> PyResult<(Vec<String>, Option<String>)> {
    let told = py.detach(|| {
        let families = Families::new();
        let name = dir.display().to_string();
        // As its page: what stands beside is drawn where it is.
        let beside = directory::beside(&dir).unwrap_or_default();
        let input = flatbench_report::read_beside(&[(&dir, &name)], &beside, families.families());
        let input = input.map_err(|error| error.to_string())?;
        let rendered = flatbench_report::render(&input);
        let central = rendered.figures.into_iter().next().map(|(_, svg)| svg);
        Ok((rendered.sentences, central))
    });
    told.map_err(|reason: String| FlatbenchError::new_err(reason))
}
