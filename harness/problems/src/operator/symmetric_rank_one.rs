use super::{FusedOperator, MeasurementOperator, Moment, RankOne, Structure};
use crate::kernel::{Buffer, Matrix, Pair, Part, Rows, kernel};

/// A_i = x_i x_iᵀ, kept as the vectors x_i (count × dimension).
pub(crate) struct SymmetricRankOne {
    vectors: RankOne,
}

impl SymmetricRankOne {
    /// `vectors` holds the x_i one after another.
    pub(crate) fn new(dimension: usize, vectors: Vec<f64>) -> Self {
        SymmetricRankOne { vectors: RankOne::new(dimension, dimension, vectors.clone(), vectors) }
    }

    /// The x_i as a count × dimension matrix.
    pub(crate) fn vectors(&self) -> Matrix<'_> {
        self.vectors.left()
    }

    /// x_i.
    pub(crate) fn vector(&self, i: usize) -> &[f64] {
        self.vectors.vectors(i).0
    }

    /// tr A_i = ‖x_i‖².
    pub(crate) fn traces(&self) -> Vec<f64> {
        (0..self.count()).map(|i| self.vector(i).iter().map(|x| x * x).sum()).collect()
    }
}

impl MeasurementOperator for SymmetricRankOne {
    fn rows(&self) -> usize {
        self.vectors.rows()
    }

    fn cols(&self) -> usize {
        self.vectors.cols()
    }

    fn count(&self) -> usize {
        self.vectors.count()
    }

    fn apply(&self, x: &[f64], out: &mut [f64]) {
        self.vectors.apply(x, out);
    }

    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        self.vectors.adjoint(u, g);
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        self.vectors.measurement(i, out);
    }

    fn compressed(&self, b: &[f64], c: &[f64]) -> f64 {
        self.vectors.compressed(b, c)
    }

    fn compressed_gradient(&self, b: &[f64], c: &[f64], d_b: &mut [f64], d_c: &mut [f64]) {
        self.vectors.compressed_gradient(b, c, d_b, d_c);
    }

    fn structure(&self) -> Structure<'_> {
        self.vectors.structure()
    }

    fn moments(&self) -> (Moment, Moment) {
        self.vectors.moments()
    }
}

/// Measurements that are taken and given back together: their vectors, products and X stay in the second-level cache.
const BLOCK: usize = 64;

/// The half of a symmetric matrix that is worked with, and a vector for each measurement of a block.
pub(crate) struct HalfScratch {
    folded: Buffer,
    products: Buffer,
}

impl SymmetricRankOne {
    /// Consecutive measurements: the first one, and their vectors.
    fn blocks(&self) -> impl Iterator<Item = (usize, &[f64])> {
        let d = self.rows();
        self.vectors.left_vectors().chunks(BLOCK * d).zip((0..).step_by(BLOCK)).map(|(vectors, start)| (start, vectors))
    }

    /// The symmetric X as an upper triangle N with xᵀ X x = xᵀ N x.
    fn fold(&self, x: &[f64], folded: &mut [f64]) {
        let d = self.rows();
        for (i, (out, row)) in folded.chunks_mut(d).zip(x.chunks(d)).enumerate() {
            out[..i].fill(0.0);
            out[i] = row[i];
            out[i + 1..].iter_mut().zip(&row[i + 1..]).for_each(|(out, x)| *out = 2.0 * x);
        }
    }

    /// out_i = x_iᵀ N x_i for a block.
    fn measure(&self, vectors: &[f64], folded: &[f64], out: &mut [f64], products: &mut [f64]) {
        let d = self.rows();
        let matrix = Matrix::new(vectors, vectors.len() / d, d);
        kernel().product_part(matrix, folded, 1.0, products, false, Part::UpperFactor);
        out.fill(0.0);
        kernel().add_row_products(Pair { left: products, right: vectors, width: d }, 1.0, out);
    }

    /// Adds Σ u_i x_i x_iᵀ over a block to the upper half of g.
    fn give_back(&self, vectors: &[f64], u: &[f64], g: &mut [f64], weighted: &mut [f64]) {
        let d = self.rows();
        for ((x, u), out) in vectors.chunks(d).zip(u).zip(weighted.chunks_mut(d)) {
            out.iter_mut().zip(x).for_each(|(out, x)| *out = u * x);
        }
        let matrix = Matrix::new(vectors, vectors.len() / d, d);
        kernel().product_part(matrix.t(), weighted, 1.0, g, true, Part::UpperProduct);
    }

    /// Makes the lower half of g the mirror of the upper one.
    fn mirror(&self, g: &mut [f64]) {
        let d = self.rows();
        for i in 1..d {
            for j in 0..i {
                g[i * d + j] = g[j * d + i];
            }
        }
    }
}

/// For matrices that are symmetric to the last bit: half of each is worked with.
impl FusedOperator for SymmetricRankOne {
    type Scratch = HalfScratch;

    fn scratch(&self) -> HalfScratch {
        let d = self.rows();
        HalfScratch { folded: Buffer::zeros(d * d), products: Buffer::zeros(BLOCK.min(self.count()) * d) }
    }

    fn part(&self, batch: &[usize]) -> Self {
        SymmetricRankOne { vectors: self.vectors.part(batch) }
    }

    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], s: &mut HalfScratch) {
        assert!(rows.batch.is_none(), "mini-batches go through the factors");
        self.fold(x, &mut s.folded);
        g.fill(0.0);
        for (start, vectors) in self.blocks() {
            let (rho, products) = (&mut rho[start..][..vectors.len() / self.rows()], &mut s.products[..vectors.len()]);
            self.measure(vectors, &s.folded, rho, products);
            rows.subtract(start, rho);
            self.give_back(vectors, rho, g, products);
        }
        self.mirror(g);
    }

    fn apply_in(&self, x: &[f64], out: &mut [f64], s: &mut HalfScratch) {
        self.fold(x, &mut s.folded);
        for (start, vectors) in self.blocks() {
            let out = &mut out[start..][..vectors.len() / self.rows()];
            self.measure(vectors, &s.folded, out, &mut s.products[..vectors.len()]);
        }
    }

    fn adjoint_in(&self, u: &[f64], g: &mut [f64], s: &mut HalfScratch) {
        g.fill(0.0);
        for (start, vectors) in self.blocks() {
            let u = &u[start..][..vectors.len() / self.rows()];
            self.give_back(vectors, u, g, &mut s.products[..vectors.len()]);
        }
        self.mirror(g);
    }
}
