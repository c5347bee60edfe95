use std::borrow::Cow;

use ndarray::Array2;

/// What a user's file holds, read by the caller: this crate opens no files.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The numbers.
    pub known: Known,
    /// Relative precision of the numbers, > 0: the machine epsilon of the type they were stored in.
    pub precision: f64,
    /// What an entry is that is not among the known ones, where the matrix is a ground truth.
    pub unlisted: Unlisted,
}

/// The entries of a matrix that a file gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// A matrix; not-a-number where an entry is missing.
    Matrix(Array2<f64>),
    /// Some entries of a rows × cols matrix, each (row, column, value), counted from zero.
    Entries {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        cols: usize,
        /// Known entries.
        entries: Vec<(usize, usize, f64)>,
    },
}

/// Meaning of the entries that a file does not list. Where entries are to be completed, they are unobserved in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// Nobody knows them.
    Missing,
    /// The format says that they are zero.
    Zero,
}

impl Data {
    /// A matrix in double precision; not-a-number where an entry is missing.
    pub fn matrix(matrix: Array2<f64>) -> Self {
        Data { known: Known::Matrix(matrix), precision: f64::EPSILON, unlisted: Unlisted::Missing }
    }

    /// Some entries (row, column, value), counted from zero, of a rows × cols matrix, in double precision.
    pub fn entries(rows: usize, cols: usize, entries: Vec<(usize, usize, f64)>) -> Self {
        let known = Known::Entries { rows, cols, entries };
        Data { known, precision: f64::EPSILON, unlisted: Unlisted::Missing }
    }

    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        match &self.known {
            Known::Matrix(matrix) => matrix.dim(),
            Known::Entries { rows, cols, .. } => (*rows, *cols),
        }
    }

    /// Singular values and eigenvalues up to this part of the largest count as zero: what rounding to the precision of
    /// the file can make of an exact zero, and no less than 1e-10.
    pub fn tolerance(&self) -> f64 {
        let (rows, cols) = self.shape();
        (rows.max(cols) as f64 * self.precision).max(1e-10)
    }

    /// Known entries, row by row for a matrix, in the given order otherwise.
    pub fn known(&self) -> Vec<(usize, usize, f64)> {
        match &self.known {
            Known::Matrix(matrix) => {
                matrix.indexed_iter().filter(|(_, x)| !x.is_nan()).map(|((i, j), &x)| (i, j, x)).collect()
            }
            Known::Entries { entries, .. } => entries.clone(),
        }
    }

    /// The matrix, if no entry is missing or infinite; otherwise the rule that is broken.
    pub(crate) fn complete(&self) -> Result<Cow<'_, Array2<f64>>, String> {
        let matrix = match &self.known {
            Known::Matrix(matrix) => Cow::Borrowed(matrix),
            Known::Entries { rows, cols, entries } => Cow::Owned(self.filled((*rows, *cols), entries)?),
        };
        if let Some(((i, j), x)) = matrix.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(format!("entry ({i}, {j}) is {x}: a ground truth may not have missing or infinite entries"));
        }
        if matrix.iter().all(|&x| x == 0.0) {
            return Err("the matrix is zero: a ground truth needs a non-zero entry".to_owned());
        }
        Ok(matrix)
    }

    /// Number of entries that a ground truth takes as zero because the file does not list them.
    pub(crate) fn taken_as_zero(&self) -> usize {
        match &self.known {
            Known::Entries { rows, cols, entries } if self.unlisted == Unlisted::Zero => {
                (rows * cols).saturating_sub(entries.len())
            }
            _ => 0,
        }
    }

    fn filled(&self, shape: (usize, usize), entries: &[(usize, usize, f64)]) -> Result<Array2<f64>, String> {
        let mut matrix = Array2::from_elem(shape, f64::NAN);
        let mut given = 0;
        for &(i, j, x) in entries {
            let place = matrix.get_mut((i, j)).ok_or_else(|| format!("entry ({i}, {j}) is outside the matrix"))?;
            given += usize::from(place.is_nan());
            *place = x;
        }
        if given < matrix.len() && self.unlisted == Unlisted::Missing {
            return Err(format!(
                "{given} of {} entries are given: a ground truth may not have missing ones (use the `file` of \
                 matrix-completion for a matrix that is known in part)",
                matrix.len()
            ));
        }
        matrix.mapv_inplace(|x| if x.is_nan() { 0.0 } else { x });
        Ok(matrix)
    }
}
