use ndarray::Array2;

use super::{FusedOperator, MeasurementOperator, Moment};
use crate::kernel::{Blocking, Buffer, Columns, Matrix, Rows, kernel, padded, transpose};

/// Measurement matrices held one after another, each padded to a multiple of eight numbers.
pub(crate) struct Dense {
    rows: usize,
    cols: usize,
    stride: usize,
    count: usize,
    data: Buffer,
}

impl Dense {
    /// `count` matrices of rows × cols; `next` gives their entries one after another, row by row.
    pub(crate) fn from_entries(
        count: usize,
        rows: usize,
        cols: usize,
        mut next: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        let stride = padded(rows * cols);
        let mut data = Buffer::zeros(count * stride);
        for matrix in data.chunks_mut(stride) {
            for i in 0..rows {
                for j in 0..cols {
                    matrix[i * cols + j] = next(i, j);
                }
            }
        }
        Dense { rows, cols, stride, count, data }
    }

    /// tr A_i of square matrices.
    pub(crate) fn traces(&self) -> Vec<f64> {
        let of = |i| self.matrix(i).iter().step_by(self.cols + 1).sum();
        (0..self.count).map(of).collect()
    }

    /// A_i, row by row, without padding.
    pub(crate) fn matrix(&self, i: usize) -> &[f64] {
        &self.data[i * self.stride..][..self.rows * self.cols]
    }

    /// (1/m) Σ_i a_ij² for each entry j.
    pub(crate) fn mean_squares(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.rows * self.cols];
        for i in 0..self.count {
            for (mean, a) in means.iter_mut().zip(self.matrix(i)) {
                *mean += a * a;
            }
        }
        means.iter_mut().for_each(|mean| *mean /= self.count as f64);
        means
    }
}

impl Dense {
    /// [`FusedOperator::residual_adjoint`] of all measurements for several matrices in one pass.
    pub(crate) fn residual_adjoint_group(
        &self,
        columns: Columns<'_>,
        blocking: Blocking,
        rho: &mut [f64],
        g: &mut [f64],
        partial: &mut [f64],
    ) {
        if let [rows] = *columns.rows {
            let (x, g) = (&columns.x[..self.stride], &mut g[..self.stride]);
            return kernel().residuals(&self.data, x, rows, rho, Some(g));
        }
        kernel().group_residuals(&self.data, self.stride, columns, blocking, rho, g, partial);
    }
}

impl MeasurementOperator for Dense {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn count(&self) -> usize {
        self.count
    }

    fn matrix_len(&self) -> usize {
        self.stride
    }

    fn apply(&self, x: &[f64], out: &mut [f64]) {
        kernel().residuals(&self.data, x, Rows::products(), out, None);
    }

    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        kernel().adjoint(&self.data, u, g);
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        out.copy_from_slice(self.matrix(i));
    }

    fn moments(&self) -> (Moment, Moment) {
        let (rows, cols) = (self.rows, self.cols);
        let (mut left, mut right) = (vec![0.0; rows * rows], vec![0.0; cols * cols]);
        let mut transposed = vec![0.0; rows * cols];
        for i in 0..self.count {
            let data = self.matrix(i);
            let a = Matrix::new(data, rows, cols);
            transpose(data, rows, cols, &mut transposed);
            kernel().product(a, &transposed, 1.0, &mut left, true);
            kernel().product(a.t(), data, 1.0, &mut right, true);
        }
        let square = |n, data| Moment::Dense(Array2::from_shape_vec((n, n), data).expect("n × n numbers"));
        (square(rows, left), square(cols, right))
    }
}

impl FusedOperator for Dense {
    type Scratch = ();

    fn scratch(&self) {}

    fn part(&self, batch: &[usize]) -> Self {
        let mut data = Buffer::zeros(batch.len() * self.stride);
        for (copy, &i) in data.chunks_mut(self.stride).zip(batch) {
            copy.copy_from_slice(&self.data[i * self.stride..][..self.stride]);
        }
        Dense { count: batch.len(), data, ..*self }
    }

    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], _: &mut ()) {
        kernel().residuals(&self.data, x, rows, rho, Some(g));
    }

    fn as_dense(&self) -> Option<&Dense> {
        Some(self)
    }
}
