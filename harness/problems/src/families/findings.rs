use std::collections::BTreeMap;

use flatbench_records::Value;

use super::parameters::Parameters;
use crate::data::Data;
use crate::spectral;

/// A case that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Every parameter, defaults filled in. Checking these again, with the same data, gives the same.
    pub parameters: BTreeMap<String, Value>,
    /// What is allowed but probably not meant.
    pub warnings: Vec<String>,
}

/// Something in a case that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", parameter.as_ref().map(|name| format!("`{name}`: ")).unwrap_or_default())]
pub struct Mistake {
    /// The parameter to blame, where there is one.
    pub parameter: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Mistakes and warnings collected over a case.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<String>,
}

impl Findings {
    /// Records a mistake in a parameter.
    pub(super) fn mistake(&mut self, parameter: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake { parameter: Some(parameter.to_owned()), message: message.into() });
    }

    /// Records a warning.
    pub(super) fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(message.into());
    }

    /// A mistake unless the parameter is given.
    pub(super) fn require(&mut self, p: &Parameters, names: &[&str], unless: &str) {
        for name in names {
            if !p.0.contains_key(*name) {
                self.mistake(name, format!("missing (give it, or {unless})"));
            }
        }
    }

    /// A mistake where `small` > `large`, both given.
    pub(super) fn at_most(&mut self, p: &Parameters, small: &str, large: &str) {
        if let (Some(a), Some(b)) = (p.size_if(small), p.size_if(large))
            && a > b
        {
            self.mistake(small, format!("{a} is above `{large}` = {b} (choose at most {b})"));
        }
    }

    /// Sizes that a file decides: filled in, or a mistake where another value is given.
    fn settle(&mut self, p: &mut Parameters, name: &str, value: usize, file: &str) {
        match p.size_if(name) {
            Some(given) if given != value => {
                self.mistake(name, format!("{given} is given but `{file}` has {value} (leave `{name}` out)"));
            }
            _ => p.derive(name, value),
        }
    }

    /// Sizes of a matrix truth: from `truth_file`, or given. Fills in `factor_rank`.
    pub(super) fn matrix_truth(&mut self, p: &mut Parameters, data: Option<&Data>) {
        if p.text("truth_file").is_none() {
            self.require(p, &["rows", "cols", "rank"], "a `truth_file`");
        } else if let Some(matrix) = self.complete(data, "truth_file") {
            let rank = spectral::numerical_rank(matrix);
            for (name, value) in [("rows", matrix.nrows()), ("cols", matrix.ncols()), ("rank", rank)] {
                self.settle(p, name, value, "truth_file");
            }
        }
        if let (Some(rows), Some(cols)) = (p.size_if("rows"), p.size_if("cols")) {
            p.derive("factor_rank", rows.min(cols));
        }
        self.at_most(p, "rank", "rows");
        self.at_most(p, "rank", "cols");
        self.at_most(p, "rank", "factor_rank");
    }

    /// Sizes of a symmetric truth: from `truth_file`, or given. `ranks` names the number of positive and, where the
    /// family has them, of negative eigenvalues.
    pub(super) fn symmetric_truth(&mut self, p: &mut Parameters, data: Option<&Data>, ranks: &[&str]) {
        if p.text("truth_file").is_none() {
            self.require(p, &["dimension"], "a `truth_file`");
            self.require(p, ranks, "a `truth_file`");
        } else if let Some(matrix) = self.complete(data, "truth_file") {
            let scale = matrix.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
            let symmetric = matrix.is_square()
                && matrix.indexed_iter().all(|((i, j), x)| (x - matrix[[j, i]]).abs() <= 1e-12 * scale);
            if !symmetric {
                return self.mistake("truth_file", "the matrix is not symmetric (this family measures symmetric ones)");
            }
            let eigenvalues = spectral::eigenvalues(matrix);
            let largest = eigenvalues.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
            let count = |sign: f64| eigenvalues.iter().filter(|&&e| sign * e > 1e-10 * largest).count();
            if ranks.len() == 1 && count(-1.0) > 0 {
                let message = "the matrix has negative eigenvalues (this family measures positive semidefinite ones)";
                return self.mistake("truth_file", message);
            }
            self.settle(p, "dimension", matrix.nrows(), "truth_file");
            for (name, sign) in ranks.iter().zip([1.0, -1.0]) {
                self.settle(p, name, count(sign), "truth_file");
            }
        }
    }

    /// Sizes of a vector truth from `truth_file`.
    pub(super) fn vector_truth(&mut self, p: &mut Parameters, data: &Data) {
        let Some(matrix) = self.complete(Some(data), "truth_file") else { return };
        if matrix.ncols() != 1 {
            let message = format!("a matrix of {} columns (this family recovers a vector: one column)", matrix.ncols());
            return self.mistake("truth_file", message);
        }
        self.settle(p, "dimension", matrix.nrows(), "truth_file");
        self.settle(p, "sparsity", matrix.iter().filter(|&&x| x != 0.0).count(), "truth_file");
    }

    fn complete<'a>(&mut self, data: Option<&'a Data>, parameter: &str) -> Option<&'a ndarray::Array2<f64>> {
        match data?.complete() {
            Ok(matrix) => Some(matrix),
            Err(rule) => {
                self.mistake(parameter, rule);
                None
            }
        }
    }
}
