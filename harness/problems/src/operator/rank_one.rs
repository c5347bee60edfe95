use ndarray::{Array2, ArrayView2};

use super::{MeasurementOperator, Moment, Structure};
use crate::kernel::{Matrix, kernel};

/// A_i = a_i b_iᵀ, kept as the vectors a_i (count × rows) and b_i (count × cols).
pub(crate) struct RankOne {
    rows: usize,
    cols: usize,
    count: usize,
    left: Vec<f64>,
    right: Vec<f64>,
}

impl RankOne {
    /// `left` holds the a_i one after another, `right` the b_i.
    pub(crate) fn new(rows: usize, cols: usize, left: Vec<f64>, right: Vec<f64>) -> Self {
        let count = left.len() / rows;
        assert!(left.len() == count * rows && right.len() == count * cols, "as many left as right vectors");
        RankOne { rows, cols, count, left, right }
    }

    /// The a_i as a count × rows matrix.
    pub(crate) fn left(&self) -> Matrix<'_> {
        Matrix::new(&self.left, self.count, self.rows)
    }

    /// The b_i as a count × cols matrix.
    pub(crate) fn right(&self) -> Matrix<'_> {
        Matrix::new(&self.right, self.count, self.cols)
    }

    /// a_i and b_i.
    pub(crate) fn vectors(&self, i: usize) -> (&[f64], &[f64]) {
        (&self.left[i * self.rows..][..self.rows], &self.right[i * self.cols..][..self.cols])
    }
}

/// Σ_i ‖other_i‖² v_i v_iᵀ.
fn weighted_moment(vectors: &[f64], n: usize, other: &[f64], n_other: usize) -> Moment {
    let count = vectors.len() / n;
    let mut weighted = vectors.to_vec();
    for (v, o) in weighted.chunks_mut(n).zip(other.chunks(n_other)) {
        let weight: f64 = o.iter().map(|x| x * x).sum();
        v.iter_mut().for_each(|x| *x *= weight);
    }
    let mut moment = Array2::zeros((n, n));
    let out = moment.as_slice_mut().expect("a fresh array is contiguous");
    kernel().product(Matrix::new(vectors, count, n).t(), &weighted, 1.0, out, false);
    Moment::Dense(moment)
}

impl MeasurementOperator for RankOne {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn count(&self) -> usize {
        self.count
    }

    /// Allocates: the oracles go through the factors instead.
    fn apply(&self, x: &[f64], out: &mut [f64]) {
        let mut products = vec![0.0; self.count * self.cols];
        kernel().product(self.left(), x, 1.0, &mut products, false);
        for ((value, p), b) in out.iter_mut().zip(products.chunks(self.cols)).zip(self.right.chunks(self.cols)) {
            *value = p.iter().zip(b).map(|(p, b)| p * b).sum();
        }
    }

    /// Allocates: the oracles go through the factors instead.
    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        let mut weighted = self.right.clone();
        for (b, u) in weighted.chunks_mut(self.cols).zip(u) {
            b.iter_mut().for_each(|x| *x *= u);
        }
        kernel().product(self.left().t(), &weighted, 1.0, g, false);
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        let (a, b) = self.vectors(i);
        for (row, a) in out.chunks_mut(self.cols).zip(a) {
            row.iter_mut().zip(b).for_each(|(value, b)| *value = a * b);
        }
    }

    fn structure(&self) -> Structure<'_> {
        let view = |vectors, cols| {
            ArrayView2::from_shape((self.count, cols), vectors).expect("one vector of this length per measurement")
        };
        Structure::RankOne { left: view(&self.left[..], self.rows), right: view(&self.right[..], self.cols) }
    }

    fn moments(&self) -> (Moment, Moment) {
        (
            weighted_moment(&self.left, self.rows, &self.right, self.cols),
            weighted_moment(&self.right, self.cols, &self.left, self.rows),
        )
    }
}
