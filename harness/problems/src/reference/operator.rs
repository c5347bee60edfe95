use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::dense::column;

/// Measurements handled at once: few enough for their products to stay in cache.
const BLOCK: usize = 64;

/// Takes the index of a measurement and its entries.
pub(super) type Visitor<'a> = dyn FnMut(usize, &dyn Fn(usize, usize) -> f64) + 'a;

/// A linear map Z ↦ (⟨B_i, Z⟩)_i on d1 × d2 matrices, with the products an interior-point method needs.
#[derive(Clone, Debug)]
pub(super) enum Operator {
    /// B_i column by column, one after the other.
    Dense { shape: (usize, usize), columns: Vec<f64> },
    /// B_i = l_i r_iᵀ, with l_i and r_i the columns of `left` (d1 × m) and `right` (d2 × m).
    RankOne { left: Mat<f64>, right: Mat<f64> },
    /// B_i = s e_j e_kᵀ for (j, k, s).
    Entries { shape: (usize, usize), entries: Vec<(usize, usize, f64)> },
}

impl Operator {
    pub(super) fn shape(&self) -> (usize, usize) {
        match self {
            Operator::Dense { shape, .. } | Operator::Entries { shape, .. } => *shape,
            Operator::RankOne { left, right } => (left.nrows(), right.nrows()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Operator::Dense { shape, columns } => columns.len() / (shape.0 * shape.1),
            Operator::RankOne { left, .. } => left.ncols(),
            Operator::Entries { entries, .. } => entries.len(),
        }
    }

    /// ⟨B_i, Z⟩ for all i.
    pub(super) fn apply(&self, z: MatRef<'_, f64>) -> Vec<f64> {
        match self {
            Operator::Dense { shape: (d1, d2), columns } => {
                let flat: Vec<f64> = (0..*d2).flat_map(|j| (0..*d1).map(move |i| z[(i, j)])).collect();
                let mut out = vec![0.0; self.len()];
                let stacked = MatRef::from_column_major_slice(columns, d1 * d2, self.len());
                let target = MatMut::from_column_major_slice_mut(&mut out, self.len(), 1);
                matmul(target, Accum::Replace, stacked.transpose(), column(&flat), 1.0, Par::Seq);
                out
            }
            Operator::RankOne { left, right } => {
                let images = z * right;
                (0..left.ncols()).map(|i| left.col(i).transpose() * images.col(i)).collect()
            }
            Operator::Entries { entries, .. } => entries.iter().map(|&(i, j, s)| s * z[(i, j)]).collect(),
        }
    }

    /// Σ y_i B_i.
    pub(super) fn adjoint(&self, y: &[f64]) -> Mat<f64> {
        let (d1, d2) = self.shape();
        match self {
            Operator::Dense { columns, .. } => {
                let stacked = MatRef::from_column_major_slice(columns, d1 * d2, y.len());
                let flat = stacked * column(y);
                Mat::from_fn(d1, d2, |i, j| flat[(i + j * d1, 0)])
            }
            Operator::RankOne { left, right } => {
                let scaled = Mat::from_fn(d1, y.len(), |i, j| left[(i, j)] * y[j]);
                scaled * right.transpose()
            }
            Operator::Entries { entries, .. } => {
                let mut out = Mat::zeros(d1, d2);
                for (&(i, j, s), weight) in entries.iter().zip(y) {
                    out[(i, j)] += s * weight;
                }
                out
            }
        }
    }

    /// Lower triangle of H_ij = ⟨B_i, W11 B_j W22 + W12 B_jᵀ W12⟩ for W = [W11 W12; W12ᵀ W22] of size d1 + d2.
    pub(super) fn schur(&self, w: MatRef<'_, f64>) -> Mat<f64> {
        let (d1, d2) = self.shape();
        let m = self.len();
        let (w11, w12) = (w.submatrix(0, 0, d1, d1), w.submatrix(0, d1, d1, d2));
        let w22 = w.submatrix(d1, d1, d2, d2);
        match self {
            Operator::Dense { columns, .. } => dense_schur((d1, d2), columns, w),
            Operator::RankOne { left, right } => {
                let rows = left.transpose() * (w11 * left);
                let cols = right.transpose() * (w22 * right);
                let mixed = left.transpose() * (w12 * right);
                Mat::from_fn(m, m, |i, j| rows[(i, j)] * cols[(i, j)] + mixed[(i, j)] * mixed[(j, i)])
            }
            Operator::Entries { entries, .. } => {
                let mut out = Mat::zeros(m, m);
                for (j, &(row, col, scale)) in entries.iter().enumerate() {
                    let (left, right) = (w11.col(row), w22.col(col));
                    let (up, down) = (w12.col(col), w12.row(row));
                    for (&(r, c, s), target) in entries[j..].iter().zip(out.col_as_slice_mut(j)[j..].iter_mut()) {
                        *target = scale * s * (left[r] * right[c] + up[r] * down[c]);
                    }
                }
                out
            }
        }
    }

    /// Lower triangle of the Gram matrix ⟨B_i, B_j⟩.
    pub(super) fn gram(&self) -> Mat<f64> {
        let (d1, d2) = self.shape();
        // W12 = 0 drops the second term and identity diagonal blocks leave the inner product.
        self.schur(Mat::<f64>::identity(d1 + d2, d1 + d2).as_ref())
    }

    /// Calls `visit` with every i and the entries of Uᵀ B_i V, for square `u` and `v`.
    pub(super) fn rotated(&self, u: MatRef<'_, f64>, v: MatRef<'_, f64>, visit: &mut Visitor<'_>) {
        match self {
            Operator::Dense { shape: (d1, d2), columns } => {
                for (i, values) in columns.chunks_exact(d1 * d2).enumerate() {
                    let rotated = u.transpose() * (MatRef::from_column_major_slice(values, *d1, *d2) * v);
                    visit(i, &|k, l| rotated[(k, l)]);
                }
            }
            Operator::RankOne { left, right } => {
                let (rows, cols) = (u.transpose() * left, v.transpose() * right);
                (0..left.ncols()).for_each(|i| visit(i, &|k, l| rows[(k, i)] * cols[(l, i)]));
            }
            Operator::Entries { entries, .. } => {
                for (i, &(row, col, s)) in entries.iter().enumerate() {
                    visit(i, &|k, l| s * u[(row, k)] * v[(col, l)]);
                }
            }
        }
    }

    /// The measurements as the columns of a (d1·d2) × m matrix, each column by column.
    pub(super) fn adjoint_rows(&self) -> Mat<f64> {
        let (d1, d2) = self.shape();
        match self {
            Operator::Dense { columns, .. } => MatRef::from_column_major_slice(columns, d1 * d2, self.len()).to_owned(),
            _ => self.combined(Mat::<f64>::identity(self.len(), self.len()).as_ref()).adjoint_rows(),
        }
    }

    /// Multiplies B_i by `factors[i]`.
    pub(super) fn scale(&mut self, factors: &[f64]) {
        match self {
            Operator::Dense { shape, columns } => {
                for (values, f) in columns.chunks_exact_mut(shape.0 * shape.1).zip(factors) {
                    values.iter_mut().for_each(|v| *v *= f);
                }
            }
            Operator::RankOne { left, .. } => {
                for (j, f) in factors.iter().enumerate() {
                    left.col_as_slice_mut(j).iter_mut().for_each(|v| *v *= f);
                }
            }
            Operator::Entries { entries, .. } => {
                for (entry, f) in entries.iter_mut().zip(factors) {
                    entry.2 *= f;
                }
            }
        }
    }

    /// ‖B_i‖² for all i.
    pub(super) fn squared_norms(&self) -> Vec<f64> {
        match self {
            Operator::Dense { shape, columns } => {
                columns.chunks_exact(shape.0 * shape.1).map(|v| super::dense::dot(v, v)).collect()
            }
            Operator::RankOne { left, right } => {
                (0..left.ncols()).map(|j| left.col(j).squared_norm_l2() * right.col(j).squared_norm_l2()).collect()
            }
            Operator::Entries { entries, .. } => entries.iter().map(|e| e.2 * e.2).collect(),
        }
    }

    /// The operator whose measurements are Σ_i C_ij B_i, for C of size m × m'.
    pub(super) fn combined(&self, combination: MatRef<'_, f64>) -> Operator {
        let shape = self.shape();
        let mut columns = Vec::with_capacity(shape.0 * shape.1 * combination.ncols());
        for j in 0..combination.ncols() {
            let weights: Vec<f64> = combination.col(j).iter().copied().collect();
            let matrix = self.adjoint(&weights);
            for k in 0..shape.1 {
                columns.extend_from_slice(matrix.col_as_slice(k));
            }
        }
        Operator::Dense { shape, columns }
    }
}

fn dense_schur((d1, d2): (usize, usize), columns: &[f64], w: MatRef<'_, f64>) -> Mat<f64> {
    let n = d1 * d2;
    let m = columns.len() / n;
    let (w12, w22) = (w.submatrix(0, d1, d1, d2), w.submatrix(d1, d1, d2, d2));
    let first = w.submatrix(0, 0, d1 + d2, d1);
    let mut products = vec![0.0; (d1 + d2) * d2 * BLOCK];
    let mut images = vec![0.0; n * BLOCK];
    let mut out = Mat::zeros(m, m);
    for start in (0..m).step_by(BLOCK) {
        let count = BLOCK.min(m - start);
        let block = &columns[start * n..(start + count) * n];
        let products = &mut products[..(d1 + d2) * d2 * count];
        // [W11; W12ᵀ] B_j for the whole block in one product.
        matmul(
            MatMut::from_column_major_slice_mut(products, d1 + d2, d2 * count),
            Accum::Replace,
            first,
            MatRef::from_column_major_slice(block, d1, d2 * count),
            1.0,
            Par::Seq,
        );
        for (product, image) in products.chunks_exact((d1 + d2) * d2).zip(images.chunks_exact_mut(n)) {
            let product = MatRef::from_column_major_slice(product, d1 + d2, d2);
            let (left, crossed) = (product.submatrix(0, 0, d1, d2), product.submatrix(d1, 0, d2, d2));
            let mut image = MatMut::from_column_major_slice_mut(image, d1, d2);
            matmul(image.rb_mut(), Accum::Replace, left, w22, 1.0, Par::Seq);
            // W12 B_jᵀ W12 = W12 (W12ᵀ B_j)ᵀ.
            matmul(image.rb_mut(), Accum::Add, w12, crossed.transpose(), 1.0, Par::Seq);
        }
        matmul(
            out.submatrix_mut(start, start, m - start, count),
            Accum::Replace,
            MatRef::from_column_major_slice(&columns[start * n..], n, m - start).transpose(),
            MatRef::from_column_major_slice(&images[..n * count], n, count),
            1.0,
            Par::Seq,
        );
    }
    out
}
