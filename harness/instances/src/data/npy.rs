use std::path::Path;

use flatbench_problems::Data;
use ndarray::Array2;
use ndarray_npy::{ReadNpyError, ReadableElement, read_npy};

use super::DataError;

/// Reads the file as an array of one element type.
type Attempt = fn(&Path) -> Result<Array2<f64>, ReadNpyError>;

/// Reads a two-dimensional `.npy` array of any real or integer type.
pub(super) fn read(path: &Path) -> Result<Data, DataError> {
    let attempts: [Attempt; 10] = [
        |p| read_npy::<_, Array2<f64>>(p),
        converted::<f32>,
        |p| read_npy::<_, Array2<i64>>(p).map(|x| x.mapv(|v| v as f64)),
        |p| read_npy::<_, Array2<u64>>(p).map(|x| x.mapv(|v| v as f64)),
        converted::<i32>,
        converted::<u32>,
        converted::<i16>,
        converted::<u16>,
        converted::<i8>,
        converted::<u8>,
    ];
    let mut last = None;
    for attempt in attempts {
        match attempt(path) {
            Ok(values) => return super::from_dense(path, values),
            Err(error @ ReadNpyError::WrongDescriptor(_)) => last = Some(error),
            Err(error) => return Err(unreadable(path, &error)),
        }
    }
    Err(match last {
        Some(error) => unreadable(path, &error),
        None => DataError::Empty { path: path.to_owned() },
    })
}

fn converted<T: ReadableElement + Copy + Into<f64>>(path: &Path) -> Result<Array2<f64>, ReadNpyError> {
    Ok(read_npy::<_, Array2<T>>(path)?.mapv(Into::into))
}

fn unreadable(path: &Path, error: &ReadNpyError) -> DataError {
    // Some of these errors draw the place below their first line.
    let text = error.to_string();
    let reason = text.lines().next().unwrap_or_default().trim_end_matches([' ', ':', '-', '>']);
    DataError::Unreadable {
        path: path.to_owned(),
        reason: format!("{reason} (a two-dimensional real array is needed)"),
    }
}
