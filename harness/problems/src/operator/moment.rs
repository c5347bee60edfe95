use ndarray::Array2;

use crate::kernel::{Matrix, kernel};
use crate::spectral;

/// A symmetric positive semidefinite matrix such as Σ A_i A_iᵀ, diagonal where the measurements make it so.
#[derive(Clone, Debug)]
pub enum Moment {
    /// Its diagonal.
    Diagonal(Vec<f64>),
    /// The whole matrix, n × n.
    Dense(Array2<f64>),
}

impl Moment {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Moment::Diagonal(diagonal) => diagonal.len(),
            Moment::Dense(matrix) => matrix.nrows(),
        }
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// out = α·M·factor, the factor with `len` rows, row by row.
    pub(crate) fn times(&self, factor: &[f64], alpha: f64, out: &mut [f64]) {
        match self {
            Moment::Diagonal(diagonal) => {
                let width = factor.len() / diagonal.len();
                for ((d, source), target) in diagonal.iter().zip(factor.chunks(width)).zip(out.chunks_mut(width)) {
                    for (s, t) in source.iter().zip(target) {
                        *t = alpha * d * s;
                    }
                }
            }
            Moment::Dense(matrix) => {
                let n = matrix.nrows();
                let data = matrix.as_slice().expect("moments are stored row by row");
                kernel().product(Matrix::new(data, n, n), factor, alpha, out, false);
            }
        }
    }

    /// M^p for p = ½ or −½; directions without mass stay without mass.
    pub fn power(&self, exponent: f64) -> Moment {
        match self {
            Moment::Diagonal(diagonal) => {
                Moment::Diagonal(diagonal.iter().map(|&d| if d > 0.0 { d.powf(exponent) } else { 0.0 }).collect())
            }
            Moment::Dense(matrix) => Moment::Dense(spectral::symmetric_power(matrix, exponent)),
        }
    }

    /// The n × n array.
    pub fn to_array(&self) -> Array2<f64> {
        match self {
            Moment::Diagonal(diagonal) => Array2::from_diag(&ndarray::aview1(diagonal)),
            Moment::Dense(matrix) => matrix.clone(),
        }
    }

    /// M · x.
    pub(crate) fn left_multiply(&self, x: &Array2<f64>) -> Array2<f64> {
        match self {
            Moment::Diagonal(diagonal) => {
                let mut product = x.clone();
                for (mut row, d) in product.outer_iter_mut().zip(diagonal) {
                    row *= *d;
                }
                product
            }
            Moment::Dense(matrix) => matrix.dot(x),
        }
    }

    /// M₁ · x · M₂, the weighted matrix whose nuclear norm measures flatness.
    pub(crate) fn sandwich(&self, x: &Array2<f64>, right: &Moment) -> Array2<f64> {
        let left = self.left_multiply(x);
        right.left_multiply(&left.t().to_owned()).t().as_standard_layout().into_owned()
    }

    /// Whether some direction carries no measurement, up to rounding.
    pub fn is_singular(&self) -> bool {
        let eigenvalues = match self {
            Moment::Diagonal(diagonal) => diagonal.clone(),
            Moment::Dense(matrix) => spectral::eigenvalues(matrix),
        };
        let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
        eigenvalues.iter().any(|&e| e <= 1e-12 * largest)
    }
}
