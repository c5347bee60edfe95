use ndarray::{Array2, ArrayView2};

use super::{FusedOperator, MeasurementOperator, Moment, Structure, square};
use crate::kernel::{Buffer, Matrix, Pair, Rows, kernel};

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

    /// The a_i one after another.
    pub(crate) fn left_vectors(&self) -> &[f64] {
        &self.left
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

/// Measurements that are taken and given back together: their vectors, products and X stay in the second-level cache.
const BLOCK: usize = 64;

impl RankOne {
    /// Consecutive measurements: the first one, and the vectors a_i and b_i of all.
    fn blocks(&self) -> impl Iterator<Item = (usize, Matrix<'_>, &[f64])> {
        let blocks = self.left.chunks(BLOCK * self.rows).zip(self.right.chunks(BLOCK * self.cols));
        blocks.zip((0..).step_by(BLOCK)).map(|((left, right), start)| {
            let left = Matrix::new(left, left.len() / self.rows, self.rows);
            (start, left, right)
        })
    }

    /// out_i = a_iᵀ X b_i for a block, through the products a_iᵀ X.
    fn measure(&self, left: Matrix<'_>, right: &[f64], x: &[f64], out: &mut [f64], products: &mut [f64]) {
        kernel().product(left, x, 1.0, products, false);
        out.fill(0.0);
        kernel().add_row_products(Pair { left: products, right, width: self.cols }, 1.0, out);
    }

    /// g += Σ u_i a_i b_iᵀ over a block.
    fn give_back(&self, left: Matrix<'_>, right: &[f64], u: &[f64], g: &mut [f64], weighted: &mut [f64]) {
        for ((b, u), out) in right.chunks(self.cols).zip(u).zip(weighted.chunks_mut(self.cols)) {
            out.iter_mut().zip(b).for_each(|(out, x)| *out = u * x);
        }
        kernel().product(left.t(), weighted, 1.0, g, true);
    }
}

impl FusedOperator for RankOne {
    /// A vector of `cols` numbers for each measurement of a block.
    type Scratch = Buffer;

    fn scratch(&self) -> Buffer {
        Buffer::zeros(BLOCK.min(self.count) * self.cols)
    }

    fn part(&self, batch: &[usize]) -> Self {
        let left = batch.iter().flat_map(|&i| self.vectors(i).0).copied().collect();
        let right = batch.iter().flat_map(|&i| self.vectors(i).1).copied().collect();
        RankOne { count: batch.len(), left, right, ..*self }
    }

    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], s: &mut Buffer) {
        assert!(rows.batch.is_none(), "mini-batches go through the factors");
        g.fill(0.0);
        for (start, left, right) in self.blocks() {
            let (rho, s) = (&mut rho[start..][..right.len() / self.cols], &mut s[..right.len()]);
            self.measure(left, right, x, rho, s);
            rows.subtract(start, rho);
            self.give_back(left, right, rho, g, s);
        }
    }

    fn apply_in(&self, x: &[f64], out: &mut [f64], s: &mut Buffer) {
        for (start, left, right) in self.blocks() {
            self.measure(left, right, x, &mut out[start..][..right.len() / self.cols], &mut s[..right.len()]);
        }
    }

    fn adjoint_in(&self, u: &[f64], g: &mut [f64], s: &mut Buffer) {
        g.fill(0.0);
        for (start, left, right) in self.blocks() {
            self.give_back(left, right, &u[start..][..right.len() / self.cols], g, &mut s[..right.len()]);
        }
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

    /// Allocates: oracles have space of their own.
    fn apply(&self, x: &[f64], out: &mut [f64]) {
        self.apply_in(x, out, &mut self.scratch());
    }

    /// Allocates: oracles have space of their own.
    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        self.adjoint_in(u, g, &mut self.scratch());
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        let (a, b) = self.vectors(i);
        for (row, a) in out.chunks_mut(self.cols).zip(a) {
            row.iter_mut().zip(b).for_each(|(value, b)| *value = a * b);
        }
    }

    fn compressed(&self, b: &[f64], c: &[f64]) -> f64 {
        let (p, q) = (b.len() / self.rows, c.len() / self.cols);
        let (mut left, mut right) = (vec![0.0; self.count * p], vec![0.0; self.count * q]);
        kernel().product(self.left(), b, 1.0, &mut left, false);
        kernel().product(self.right(), c, 1.0, &mut right, false);
        left.chunks(p).zip(right.chunks(q)).map(|(left, right)| square(left) * square(right)).sum()
    }

    fn compressed_gradient(&self, b: &[f64], c: &[f64], d_b: &mut [f64], d_c: &mut [f64]) {
        let (p, q) = (b.len() / self.rows, c.len() / self.cols);
        let (mut left, mut right) = (vec![0.0; self.count * p], vec![0.0; self.count * q]);
        kernel().product(self.left(), b, 1.0, &mut left, false);
        kernel().product(self.right(), c, 1.0, &mut right, false);
        for (left, right) in left.chunks_mut(p).zip(right.chunks_mut(q)) {
            let (of_left, of_right) = (square(left), square(right));
            left.iter_mut().for_each(|x| *x *= of_right);
            right.iter_mut().for_each(|x| *x *= of_left);
        }
        kernel().product(self.left().t(), &left, 2.0, d_b, false);
        kernel().product(self.right().t(), &right, 2.0, d_c, false);
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
