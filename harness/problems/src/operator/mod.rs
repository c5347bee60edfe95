//! Linear maps A from matrices to measurements, ⟨A_i, X⟩, and their adjoints.
//!
//! Structure is kept: rank-one measurements hold vectors, sampled entries hold positions, the identity holds nothing.

mod dense;
mod identity;
mod mask;
mod moment;
mod rank_one;
mod symmetric_rank_one;

pub(crate) use dense::Dense;
pub(crate) use identity::Identity;
pub(crate) use mask::Mask;
pub use moment::Moment;
pub(crate) use rank_one::RankOne;
pub(crate) use symmetric_rank_one::SymmetricRankOne;

use ndarray::{Array2, ArrayView2};

use crate::kernel::{Matrix, Rows, kernel, transpose};

/// What is known of the measurements A_i beyond their entries.
#[derive(Clone, Debug)]
pub enum Structure<'a> {
    /// Nothing.
    Dense,
    /// Each A_i is a multiple of one entry of X.
    Entries {
        /// Row and column of each.
        positions: Vec<(usize, usize)>,
        /// What the entries are multiplied by.
        amplitude: f64,
    },
    /// A_i = a_i b_iᵀ.
    RankOne {
        /// The a_i, count × rows.
        left: ArrayView2<'a, f64>,
        /// The b_i, count × cols.
        right: ArrayView2<'a, f64>,
    },
}

/// A linear map from rows × cols matrices to `count` measurements.
///
/// Matrices are slices, row by row, `matrix_len` long: numbers beyond rows·cols are zero and stay zero.
pub trait MeasurementOperator: Send + Sync {
    /// Rows of X.
    fn rows(&self) -> usize;

    /// Columns of X.
    fn cols(&self) -> usize;

    /// Number of measurements.
    fn count(&self) -> usize;

    /// Length of the slices that hold a matrix, ≥ rows·cols.
    fn matrix_len(&self) -> usize {
        self.rows() * self.cols()
    }

    /// out_i = ⟨A_i, X⟩.
    fn apply(&self, x: &[f64], out: &mut [f64]);

    /// [`MeasurementOperator::apply`] with every sum in the order of the entries, so that targets have the same bits
    /// whatever the instruction set; slow. `x` has rows·cols numbers.
    fn apply_in_order(&self, x: &[f64], out: &mut [f64]) {
        let mut measurement = vec![0.0; self.rows() * self.cols()];
        for (i, value) in out.iter_mut().enumerate() {
            self.measurement(i, &mut measurement);
            *value = measurement.iter().zip(x).map(|(a, x)| a * x).sum();
        }
    }

    /// G = Σ u_i A_i.
    fn adjoint(&self, u: &[f64], g: &mut [f64]);

    /// Writes A_i, row by row, into `out` (rows·cols).
    fn measurement(&self, i: usize, out: &mut [f64]);

    /// Σ A_i A_iᵀ (rows × rows) and Σ A_iᵀ A_i (cols × cols).
    fn moments(&self) -> (Moment, Moment);

    /// Σ_i ‖Bᵀ A_i C‖_F² for B with `rows` and C with `cols` rows, row by row.
    fn compressed(&self, b: &[f64], c: &[f64]) -> f64 {
        let (rows, cols) = (self.rows(), self.cols());
        let (p, q) = (b.len() / rows, c.len() / cols);
        let mut measurement = vec![0.0; rows * cols];
        let (mut half, mut both) = (vec![0.0; (rows * q).min(p * cols)], vec![0.0; p * q]);
        let mut total = 0.0;
        for i in 0..self.count() {
            self.measurement(i, &mut measurement);
            let a = Matrix::new(&measurement, rows, cols);
            let b = Matrix::new(b, rows, p).t();
            if rows * q <= p * cols {
                kernel().product(a, c, 1.0, &mut half, false);
                kernel().product(b, &half, 1.0, &mut both, false);
            } else {
                kernel().product(b, &measurement, 1.0, &mut half, false);
                kernel().product(Matrix::new(&half, p, cols), c, 1.0, &mut both, false);
            }
            total += square(&both);
        }
        total
    }

    /// Writes the derivatives of [`MeasurementOperator::compressed`] in B and C, 2 Σ_i A_i C Cᵀ A_iᵀ B and 2 Σ_i A_iᵀ B Bᵀ A_i C.
    fn compressed_gradient(&self, b: &[f64], c: &[f64], d_b: &mut [f64], d_c: &mut [f64]) {
        let (rows, cols) = (self.rows(), self.cols());
        let (p, q) = (b.len() / rows, c.len() / cols);
        let mut measurement = vec![0.0; rows * cols];
        let (mut half, mut both, mut flipped) = (vec![0.0; rows * q], vec![0.0; p * q], vec![0.0; p * q]);
        let (mut other, mut spread) = (vec![0.0; p * cols], vec![0.0; cols * p]);
        d_b.fill(0.0);
        d_c.fill(0.0);
        for i in 0..self.count() {
            self.measurement(i, &mut measurement);
            let a = Matrix::new(&measurement, rows, cols);
            if rows * q <= p * cols {
                // M = Bᵀ(A C): then (A C) Mᵀ and Aᵀ (B M).
                kernel().product(a, c, 1.0, &mut half, false);
                kernel().product(Matrix::new(b, rows, p).t(), &half, 1.0, &mut both, false);
                transpose(&both, p, q, &mut flipped);
                kernel().product(Matrix::new(&half, rows, q), &flipped, 2.0, d_b, true);
                kernel().product(Matrix::new(b, rows, p), &both, 1.0, &mut half, false);
                kernel().product(a.t(), &half, 2.0, d_c, true);
            } else {
                // M = (BᵀA) C: then A (C Mᵀ) and (BᵀA)ᵀ M.
                kernel().product(Matrix::new(b, rows, p).t(), &measurement, 1.0, &mut other, false);
                kernel().product(Matrix::new(&other, p, cols), c, 1.0, &mut both, false);
                transpose(&both, p, q, &mut flipped);
                kernel().product(Matrix::new(c, cols, q), &flipped, 1.0, &mut spread, false);
                kernel().product(a, &spread, 2.0, d_b, true);
                kernel().product(Matrix::new(&other, p, cols).t(), &both, 2.0, d_c, true);
            }
        }
    }

    /// What solvers may use instead of [`MeasurementOperator::to_array`].
    fn structure(&self) -> Structure<'_> {
        Structure::Dense
    }

    /// All measurements as an array, count × rows·cols: for export and for solvers without structure.
    fn to_array(&self) -> Array2<f64> {
        let mut array = Array2::zeros((self.count(), self.rows() * self.cols()));
        for (i, mut row) in array.outer_iter_mut().enumerate() {
            self.measurement(i, row.as_slice_mut().expect("a fresh array is contiguous"));
        }
        array
    }
}

/// ‖x‖².
fn square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

/// target ← factor·source.
fn scaled(factor: f64, source: &[f64], target: &mut [f64]) {
    target.iter_mut().zip(source).for_each(|(target, x)| *target = factor * x);
}

/// Measurements that can be taken and given back in one pass over the data, without allocating.
pub(crate) trait FusedOperator: MeasurementOperator {
    /// Space for partial results.
    type Scratch: Send;

    /// Space for partial results.
    fn scratch(&self) -> Self::Scratch;

    /// Residuals ρ of the measurements asked for, and G = Σ ρ_i A_i.
    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], s: &mut Self::Scratch);

    /// The measurements of a batch by themselves, in its order.
    fn part(&self, batch: &[usize]) -> Self
    where
        Self: Sized;

    /// [`MeasurementOperator::apply`] in the space given.
    fn apply_in(&self, x: &[f64], out: &mut [f64], _: &mut Self::Scratch) {
        self.apply(x, out);
    }

    /// [`MeasurementOperator::adjoint`] in the space given.
    fn adjoint_in(&self, u: &[f64], g: &mut [f64], _: &mut Self::Scratch) {
        self.adjoint(u, g);
    }

    /// The array of measurements, where it is one: then a pass over it can serve several matrices.
    fn as_dense(&self) -> Option<&Dense> {
        None
    }
}
