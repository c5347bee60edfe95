//! Ground truths that a user gives: which files a family takes, and the sizes that they decide.

use std::borrow::Cow;

use flatbench_records::Parameter;
use ndarray::Array2;

use super::findings::Findings;
use super::parameters::{CaseParameters, file};
use crate::data::Data;
use crate::spectral;

/// Name of the parameter.
const TRUTH_FILE: &str = "truth_file";
/// Largest |X_ij − X_ji| of a symmetric matrix, relative to its largest entry: the rounding of a file that was written with
/// twelve digits, or of a product that was summed in another order.
const ASYMMETRY: f64 = 1e-12;

/// The ground-truth file, for families whose truth is a matrix.
pub(crate) fn truth_file() -> Parameter {
    file(TRUTH_FILE, "A matrix to use as ground truth, divided by its Frobenius norm; decides rows, cols and rank.")
}

/// The ground-truth file, for families whose truth is a vector.
pub(crate) fn vector_truth_file() -> Parameter {
    file(TRUTH_FILE, "A matrix of one column to use as ground truth, divided by its norm.")
}

impl Findings {
    /// Sizes of a matrix truth: from `truth_file`, or given. Fills in `factor_rank`.
    pub(crate) fn matrix_truth(&mut self, p: &mut CaseParameters, data: Option<&Data>) {
        if p.text(TRUTH_FILE).is_none() {
            self.require(p, &["rows", "cols", "rank"], "a `truth_file`");
        } else if let Some(matrix) = self.complete(data) {
            let tolerance = data.map_or(f64::EPSILON, Data::tolerance);
            let rank = spectral::numerical_rank(&matrix, tolerance);
            for (name, value) in [("rows", matrix.nrows()), ("cols", matrix.ncols()), ("rank", rank)] {
                self.settle(p, name, value, TRUTH_FILE);
            }
        }
        if let (Some(rows), Some(cols)) = (p.size_if("rows"), p.size_if("cols")) {
            p.derive("factor_rank", rows.min(cols));
        }
        self.at_most(p, "rank", "rows");
        self.at_most(p, "rank", "cols");
        self.at_most(p, "rank", "factor_rank");
        let full = p.size_if("rows").zip(p.size_if("cols")).map(|(rows, cols)| rows.min(cols));
        self.spectrum(p, &["rank"], &["factor_rank"], full);
    }

    /// Sizes of a symmetric truth: from `truth_file`, or given. `ranks` names the number of positive and, where the
    /// family has them, of negative eigenvalues.
    pub(crate) fn symmetric_truth(&mut self, p: &mut CaseParameters, data: Option<&Data>, ranks: &[&str]) {
        if p.text(TRUTH_FILE).is_none() {
            self.require(p, &["dimension"], "a `truth_file`");
            return self.require(p, ranks, "a `truth_file`");
        }
        let Some(matrix) = self.complete(data) else { return };
        let (tolerance, precision) = data.map_or((0.0, 0.0), |data| (data.tolerance(), data.precision));
        let matrix = matrix.as_ref() * spectral::unit_scale(matrix.as_ref());
        if !is_symmetric(&matrix, precision) {
            return self.mistake(TRUTH_FILE, "the matrix is not symmetric (this family measures symmetric ones)");
        }
        let eigenvalues = spectral::eigenvalues(&matrix);
        let largest = eigenvalues.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
        let count = |sign: f64| eigenvalues.iter().filter(|&&e| sign * e > tolerance * largest).count();
        if ranks.len() == 1 && count(-1.0) > 0 {
            let message = "the matrix has negative eigenvalues (this family measures positive semidefinite ones)";
            return self.mistake(TRUTH_FILE, message);
        }
        self.settle(p, "dimension", matrix.nrows(), TRUTH_FILE);
        for (name, sign) in ranks.iter().zip([1.0, -1.0]) {
            self.settle(p, name, count(sign), TRUTH_FILE);
        }
    }

    /// Sizes of a vector truth: from `truth_file`, or given.
    pub(crate) fn vector_truth(&mut self, p: &mut CaseParameters, data: Option<&Data>) {
        if p.text(TRUTH_FILE).is_none() {
            self.require(p, &["dimension", "sparsity"], "a `truth_file`");
        } else if let Some(matrix) = self.complete(data) {
            if matrix.ncols() == 1 {
                self.settle(p, "dimension", matrix.nrows(), TRUTH_FILE);
                self.settle(p, "sparsity", matrix.iter().filter(|&&x| x != 0.0).count(), TRUTH_FILE);
            } else {
                let columns = matrix.ncols();
                let message = format!("a matrix of {columns} columns (this family recovers a vector: one column)");
                self.mistake(TRUTH_FILE, message);
            }
        }
        self.at_most(p, "sparsity", "dimension");
    }

    /// The matrix of the file, once it was read.
    fn complete<'a>(&mut self, data: Option<&'a Data>) -> Option<Cow<'a, Array2<f64>>> {
        let data = data?;
        match data.complete() {
            Ok(matrix) => {
                let zeros = data.taken_as_zero();
                if zeros > 0 {
                    let listed = matrix.len() - zeros;
                    self.warn(format!("`{TRUTH_FILE}` lists {listed} entries; the other {zeros} are zero"));
                }
                Some(matrix)
            }
            Err(rule) => {
                self.mistake(TRUTH_FILE, rule);
                None
            }
        }
    }
}

/// `precision` is that of the file's numbers.
fn is_symmetric(matrix: &Array2<f64>, precision: f64) -> bool {
    let scale = matrix.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    let bound = ASYMMETRY.max(8.0 * precision) * scale;
    matrix.is_square() && matrix.indexed_iter().all(|((i, j), x)| (x - matrix[[j, i]]).abs() <= bound)
}
