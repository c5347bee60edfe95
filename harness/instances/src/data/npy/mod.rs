mod header;
mod number;

use flatbench_records::Reading;
use header::Header;
use ndarray::{Array2, ShapeBuilder};
use number::Number;

use super::contents::Contents;
use super::{DataError, Keys, Source};

/// Reads an array of any real or integer type.
pub(super) fn read(source: &Source, keys: &Keys) -> Result<Contents, DataError> {
    array(source, &source.bytes, keys, "NumPy array")
}

/// Reads the bytes of a `.npy` file; `format` says where they stand.
pub(super) fn array(source: &Source, bytes: &[u8], keys: &Keys, format: &str) -> Result<Contents, DataError> {
    let refused = |reason: String| source.unreadable(reason);
    let (header, body) = Header::read(bytes).map_err(refused)?;
    let number = Number::of(&header.descr).map_err(refused)?;
    let (rows, cols) = shape(&header.shape).map_err(refused)?;
    super::bounded(source, rows, cols, "the sizes in its header")?;
    let needed = rows * cols * number.size;
    let Some(body) = body.get(..needed) else {
        let found = body.len();
        return Err(refused(format!("its header says {rows}×{cols} numbers in {needed} bytes, but {found} follow")));
    };
    let mut values = number.decode(body);
    if !number.is_float && values.iter().any(|value| value.abs() >= 2.0_f64.powi(53)) {
        return Err(refused("a whole number of 2^53 and more has no exact double (scale them first)".to_owned()));
    }
    values.iter_mut().filter(|value| keys.marks_missing(**value)).for_each(|value| *value = f64::NAN);
    let matrix = Array2::from_shape_vec((rows, cols).set_f(header.fortran_order), values);
    let matrix = matrix.map_err(|error| refused(error.to_string()))?.as_standard_layout().into_owned();
    let reading = Reading { format: format.to_owned(), dtype: number.name.to_owned(), ..Reading::default() };
    Ok(Contents::dense(source, matrix, reading)?.with_precision(number.precision))
}

/// Rows and columns; a vector is one column.
fn shape(shape: &[usize]) -> Result<(usize, usize), String> {
    match *shape {
        [rows] => Ok((rows, 1)),
        [rows, cols] => Ok((rows, cols)),
        [] => Err("it is a single number (a two-dimensional array or a vector is needed)".to_owned()),
        ref more => Err(format!("it has {} dimensions (a two-dimensional array or a vector is needed)", more.len())),
    }
}
