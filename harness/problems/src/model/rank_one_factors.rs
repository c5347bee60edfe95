use super::Model;
use crate::factorization::{Factorization, LeftRight};
use crate::kernel::{Matrix, Rows, kernel};
use crate::operator::{MeasurementOperator, RankOne};
use crate::problem::Block;

/// a_iᵀ L Rᵀ b_i through the thin products P = A L and Q = B R: O(m·k·(d1 + d2)) a gradient.
pub(crate) struct RankOneFactors {
    /// Measurement vectors.
    pub(crate) operator: RankOne,
    /// Factors.
    pub(crate) factors: LeftRight,
}

/// m × k arrays.
pub(crate) struct ThinScratch {
    p: Vec<f64>,
    q: Vec<f64>,
    p_dot: Vec<f64>,
    q_dot: Vec<f64>,
    weighted: Vec<f64>,
}

impl RankOneFactors {
    fn thin(&self, w: &[f64], p: &mut [f64], q: &mut [f64]) {
        let (l, r) = self.factors.split(w);
        kernel().product(self.operator.left(), l, 1.0, p, false);
        kernel().product(self.operator.right(), r, 1.0, q, false);
    }

    /// out = scale·(Aᵀ W_Q, Bᵀ W_P) where the closures write one row of the weighted Q and P.
    fn gather(
        &self,
        scale: f64,
        out: &mut [f64],
        weighted: &mut [f64],
        right: impl Fn(usize, usize) -> f64,
        left: impl Fn(usize, usize) -> f64,
    ) {
        let k = self.factors.width();
        let (gl, gr) = self.factors.split_mut(out);
        let mut fill = |value: &dyn Fn(usize, usize) -> f64, vectors: Matrix<'_>, target: &mut [f64]| {
            for (i, row) in weighted.chunks_mut(k).enumerate() {
                for (c, entry) in row.iter_mut().enumerate() {
                    *entry = value(i, i * k + c);
                }
            }
            kernel().product(vectors.t(), weighted, scale, target, false);
        };
        fill(&right, self.operator.left(), gl);
        fill(&left, self.operator.right(), gr);
    }
}

/// Sum of products of rows i of two m × k arrays.
fn row_product(p: &[f64], q: &[f64], i: usize, k: usize) -> f64 {
    p[i * k..][..k].iter().zip(&q[i * k..][..k]).map(|(p, q)| p * q).sum()
}

impl Model for RankOneFactors {
    type Scratch = ThinScratch;

    fn blocks(&self) -> &[Block] {
        self.factors.blocks()
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        &self.operator
    }

    fn scratch(&self) -> ThinScratch {
        let thin = vec![0.0; self.operator.count() * self.factors.width()];
        ThinScratch { p: thin.clone(), q: thin.clone(), p_dot: thin.clone(), q_dot: thin.clone(), weighted: thin }
    }

    fn end_to_end(&self, w: &[f64], x: &mut [f64]) {
        self.factors.end_to_end(w, x, &mut self.factors.scratch());
    }

    fn balancedness(&self, w: &[f64]) -> f64 {
        self.factors.balancedness(w)
    }

    fn prepare(&self, w: &[f64], s: &mut ThinScratch) {
        self.thin(w, &mut s.p, &mut s.q);
    }

    fn prepare_batch(&self, _: &[f64], _: &mut ThinScratch) {}

    fn predict(&self, _: &[f64], out: &mut [f64], s: &mut ThinScratch) {
        let k = self.factors.width();
        for (i, value) in out.iter_mut().enumerate() {
            *value = row_product(&s.p, &s.q, i, k);
        }
    }

    fn predict_tangent(&self, _: &[f64], v: &[f64], out: &mut [f64], s: &mut ThinScratch) {
        let k = self.factors.width();
        self.thin(v, &mut s.p_dot, &mut s.q_dot);
        for (i, value) in out.iter_mut().enumerate() {
            *value = row_product(&s.p_dot, &s.q, i, k) + row_product(&s.p, &s.q_dot, i, k);
        }
    }

    fn pull(&self, _: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut ThinScratch) {
        let ThinScratch { p, q, weighted, .. } = s;
        self.gather(scale, out, weighted, |i, e| u[i] * q[e], |i, e| u[i] * p[e]);
    }

    fn pull_tangent(
        &self,
        _: &[f64],
        _: &[f64],
        u: &[f64],
        u_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut ThinScratch,
    ) {
        let ThinScratch { p, q, p_dot, q_dot, weighted } = s;
        self.gather(
            scale,
            out,
            weighted,
            |i, e| u_dot[i] * q[e] + u[i] * q_dot[e],
            |i, e| u_dot[i] * p[e] + u[i] * p_dot[e],
        );
    }

    fn residual_pull(
        &self,
        w: &[f64],
        rows: Rows<'_>,
        rho: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut ThinScratch,
    ) {
        let k = self.factors.width();
        let Some(batch) = rows.batch else {
            self.predict(w, rho, s);
            for (i, value) in rho.iter_mut().enumerate() {
                *value = rows.residual(i, *value);
            }
            return self.pull(w, rho, scale, out, s);
        };
        // A few measurements at a time: thin products of single rows, so that a small batch costs O(B·k·(d1 + d2)).
        out.fill(0.0);
        let (l, r) = self.factors.split(w);
        let (gl, gr) = self.factors.split_mut(out);
        for (position, &i) in batch.iter().enumerate() {
            let (a, b) = self.operator.vectors(i);
            let (p, q) = (&mut s.p[..k], &mut s.q[..k]);
            kernel().product(Matrix::new(a, 1, a.len()), l, 1.0, p, false);
            kernel().product(Matrix::new(b, 1, b.len()), r, 1.0, q, false);
            let residual = rows.residual(position, row_product(p, q, 0, k));
            rho[position] = residual;
            kernel().product(Matrix::new(a, a.len(), 1), q, scale * residual, gl, true);
            kernel().product(Matrix::new(b, b.len(), 1), p, scale * residual, gr, true);
        }
    }
}
