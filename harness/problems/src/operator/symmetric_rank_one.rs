use super::{MeasurementOperator, Moment, RankOne, Structure};
use crate::kernel::Matrix;

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

    fn structure(&self) -> Structure<'_> {
        self.vectors.structure()
    }

    fn moments(&self) -> (Moment, Moment) {
        self.vectors.moments()
    }
}
