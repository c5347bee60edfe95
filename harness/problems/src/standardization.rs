//! Entries of a file as targets and back: what is subtracted from them, and what they are divided by.

/// Affine maps, one for each entry, that are made of one shift and one factor for each row and each column:
/// entry (i, j) = row_shift_i + col_shift_j + row_factor_i · col_factor_j · target (i, j), in the units of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardization {
    /// Length rows, in the units of the file.
    pub row_shift: Vec<f64>,
    /// Length cols, in the units of the file.
    pub col_shift: Vec<f64>,
    /// Length rows, positive; times the factor of the column in the units of the file.
    pub row_factor: Vec<f64>,
    /// Length cols, positive.
    pub col_factor: Vec<f64>,
}

impl Standardization {
    /// No shift, and one factor for all entries of a rows × cols matrix.
    pub(crate) fn uniform((rows, cols): (usize, usize), factor: f64) -> Self {
        Standardization {
            row_shift: vec![0.0; rows],
            col_shift: vec![0.0; cols],
            row_factor: vec![factor; rows],
            col_factor: vec![1.0; cols],
        }
    }

    /// What the prediction of the target 0 is.
    pub fn shift(&self, i: usize, j: usize) -> f64 {
        self.row_shift[i] + self.col_shift[j]
    }

    /// By how much an entry moves with its target.
    pub fn factor(&self, i: usize, j: usize) -> f64 {
        self.row_factor[i] * self.col_factor[j]
    }

    /// The target that an entry makes.
    pub fn target(&self, (i, j, entry): (usize, usize, f64)) -> f64 {
        (entry - self.shift(i, j)) / self.factor(i, j)
    }
}
