use super::batches::Batches;
use super::dense_group::DenseGroup;
use super::{Model, ModelGroup, Pull};
use crate::factorization::Factorization;
use crate::kernel::{Buffer, Rows};
use crate::operator::MeasurementOperator;

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

impl<O, F: Factorization> ThroughMatrix<O, F> {
    fn entries(&self) -> usize {
        self.factorization.rows() * self.factorization.cols()
    }
}

impl<O: Batches<F>, F: Factorization + Clone> Model for ThroughMatrix<O, F> {
    type Factors = F;
    type Scratch = MatrixScratch<F::Scratch, O::Scratch, O::Space>;

    fn factors(&self) -> &F {
        &self.factorization
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

    /// In one pass over the measurements.
    fn gauss_newton(
        &self,
        w: &[f64],
        v: &[f64],
        rho_dot: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    ) {
        let n = self.entries();
        self.factorization.tangent(w, v, &mut s.x[..n], &mut s.factors);
        self.operator.residual_adjoint(&s.x, Rows::products(), rho_dot, &mut s.g, &mut s.measuring);
        self.factorization.pullback(w, &s.g[..n], scale, out, &mut s.factors);
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

    fn residual_pull(&self, w: &[f64], pull: Pull<'_>, s: &mut Self::Scratch) {
        let n = self.entries();
        self.factorization.end_to_end(w, &mut s.x[..n], &mut s.factors);
        self.operator.residual_adjoint(&s.x, pull.rows, pull.rho, &mut s.g, &mut s.measuring);
        self.factorization.pullback(w, &s.g[..n], pull.scale, pull.out, &mut s.factors);
    }

    fn batch_pull(&self, w: &[f64], mut pull: Pull<'_>, s: &mut Self::Scratch) {
        if !self.operator.batch_pull(&self.factorization, w, &mut pull, &mut s.batch) {
            self.prepare(w, s);
            self.residual_pull(w, pull, s);
        }
    }

    fn part(&self, batch: &[usize]) -> Self {
        ThroughMatrix { operator: self.operator.part(batch), factorization: self.factorization.clone() }
    }

    fn group(&self, capacity: usize) -> Option<Box<dyn ModelGroup + '_>> {
        let operator = self.operator.as_dense()?;
        Some(Box::new(DenseGroup::new(operator, &self.factorization, capacity)))
    }
}
