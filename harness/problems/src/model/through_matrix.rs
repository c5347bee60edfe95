use flatbench_records::FactorizationKind;

use super::batches::Batches;
use super::dense_group::DenseGroup;
use super::{Model, ModelGroup};
use crate::factorization::{Compression, DeepLinear, Factorization, Hadamard, LeftRight, SignedGram};
use crate::kernel::{Buffer, Rows};
use crate::operator::MeasurementOperator;
use crate::problem::Block;

/// Any factorization under any operator: X(w) is formed, measured, and the matrix gradient pulled back.
pub(crate) struct ThroughMatrix<O, F> {
    /// Measurements.
    pub(crate) operator: O,
    /// Factors.
    pub(crate) factorization: F,
}

/// X, the matrix gradient, their derivatives, and the space of the factorization, of the measurements and of batches.
pub(crate) struct MatrixScratch<S, M, B> {
    x: Buffer,
    g: Buffer,
    g_dot: Buffer,
    factors: S,
    measuring: M,
    batch: B,
}

/// Balancedness, which each factorization measures in its own way.
pub(crate) trait Balanced {
    /// Zero where the factors are balanced.
    fn imbalance(&self, w: &[f64]) -> f64;
}

impl Balanced for LeftRight {
    fn imbalance(&self, w: &[f64]) -> f64 {
        self.balancedness(w)
    }
}

impl Balanced for DeepLinear {
    fn imbalance(&self, w: &[f64]) -> f64 {
        self.balancedness(w)
    }
}

impl Balanced for Hadamard {
    fn imbalance(&self, w: &[f64]) -> f64 {
        self.balancedness(w)
    }
}

impl Balanced for SignedGram {
    fn imbalance(&self, w: &[f64]) -> f64 {
        self.balancedness(w)
    }
}

impl<O, F: Factorization> ThroughMatrix<O, F> {
    fn entries(&self) -> usize {
        self.factorization.rows() * self.factorization.cols()
    }
}

impl<O: Batches<F>, F: Factorization + Balanced> Model for ThroughMatrix<O, F> {
    type Scratch = MatrixScratch<F::Scratch, O::Scratch, O::Space>;

    fn blocks(&self) -> &[Block] {
        self.factorization.blocks()
    }

    fn factorization_kind(&self) -> FactorizationKind {
        self.factorization.kind()
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        &self.operator
    }

    fn scratch(&self) -> Self::Scratch {
        let matrix = Buffer::zeros(self.operator.matrix_len());
        MatrixScratch {
            x: matrix.clone(),
            g: matrix.clone(),
            g_dot: matrix,
            factors: self.factorization.scratch(),
            measuring: self.operator.scratch(),
            batch: self.operator.space(&self.factorization),
        }
    }

    fn end_to_end(&self, w: &[f64], x: &mut [f64]) {
        let mut s = self.factorization.scratch();
        self.factorization.prepare(w, &mut s);
        self.factorization.end_to_end(w, x, &mut s);
    }

    fn balancedness(&self, w: &[f64]) -> f64 {
        self.factorization.imbalance(w)
    }

    fn compressions(&self, w: &[f64]) -> Vec<Compression> {
        self.factorization.compressions(w)
    }

    fn prepare(&self, w: &[f64], s: &mut Self::Scratch) {
        self.factorization.prepare(w, &mut s.factors);
    }

    fn predict(&self, w: &[f64], out: &mut [f64], s: &mut Self::Scratch) {
        self.factorization.end_to_end(w, &mut s.x[..self.entries()], &mut s.factors);
        self.operator.apply_in(&s.x, out, &mut s.measuring);
    }

    fn predict_tangent(&self, w: &[f64], v: &[f64], out: &mut [f64], s: &mut Self::Scratch) {
        self.factorization.tangent(w, v, &mut s.x[..self.entries()], &mut s.factors);
        self.operator.apply_in(&s.x, out, &mut s.measuring);
    }

    fn pull(&self, w: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut Self::Scratch) {
        self.operator.adjoint_in(u, &mut s.g, &mut s.measuring);
        self.factorization.pullback(w, &s.g[..self.entries()], scale, out, &mut s.factors);
    }

    fn pull_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        u: &[f64],
        u_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    ) {
        self.operator.adjoint_in(u, &mut s.g, &mut s.measuring);
        self.operator.adjoint_in(u_dot, &mut s.g_dot, &mut s.measuring);
        let n = self.entries();
        self.factorization.pullback_tangent(w, v, &s.g[..n], &s.g_dot[..n], scale, out, &mut s.factors);
    }

    fn residual_pull(
        &self,
        w: &[f64],
        rows: Rows<'_>,
        rho: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    ) {
        if rows.batch.is_some() && self.operator.batch_pull(&self.factorization, w, rows, rho, scale, out, &mut s.batch)
        {
            return;
        }
        let n = self.entries();
        self.factorization.end_to_end(w, &mut s.x[..n], &mut s.factors);
        self.operator.residual_adjoint(&s.x, rows, rho, &mut s.g, &mut s.measuring);
        self.factorization.pullback(w, &s.g[..n], scale, out, &mut s.factors);
    }

    fn group(&self, capacity: usize) -> Option<Box<dyn ModelGroup + '_>> {
        let operator = self.operator.as_dense()?;
        Some(Box::new(DenseGroup::new(operator, &self.factorization, capacity)))
    }
}
