use ndarray::Array2;

/// What a user's file holds, read by the caller: this crate opens no files.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
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

impl Data {
    /// Rows and columns.
    pub fn shape(&self) -> (usize, usize) {
        match self {
            Data::Matrix(matrix) => matrix.dim(),
            Data::Entries { rows, cols, .. } => (*rows, *cols),
        }
    }

    /// Known entries, row by row for a matrix, in the given order otherwise.
    pub(crate) fn known(&self) -> Vec<(usize, usize, f64)> {
        match self {
            Data::Matrix(matrix) => {
                matrix.indexed_iter().filter(|(_, x)| !x.is_nan()).map(|((i, j), &x)| (i, j, x)).collect()
            }
            Data::Entries { entries, .. } => entries.clone(),
        }
    }

    /// The matrix, if no entry is missing or infinite; otherwise the rule that is broken.
    pub(crate) fn complete(&self) -> Result<&Array2<f64>, String> {
        let matrix = match self {
            Data::Matrix(matrix) => matrix,
            Data::Entries { rows, cols, entries } => {
                return Err(format!(
                    "{} of {} entries are given: a ground truth may not have missing ones (use the `file` of \
                     matrix-completion for a matrix that is known in part)",
                    entries.len(),
                    rows * cols
                ));
            }
        };
        if let Some(((i, j), x)) = matrix.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(format!("entry ({i}, {j}) is {x}: a ground truth may not have missing or infinite entries"));
        }
        if matrix.iter().all(|&x| x == 0.0) {
            return Err("the matrix is zero: a ground truth needs a non-zero entry".to_owned());
        }
        Ok(matrix)
    }
}
