use super::{Model, TOGETHER, add_row_sums, add_weighed, gather, weigh};
use crate::factorization::{Factorization, LeftRight};
use crate::kernel::{Matrix, Pair, Rows, kernel};
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
    /// Vectors and weights of a batch.
    left: Vec<f64>,
    right: Vec<f64>,
    weights: Vec<f64>,
}

impl RankOneFactors {
    fn pair<'a>(&self, left: &'a [f64], right: &'a [f64]) -> Pair<'a> {
        Pair { left, right, width: self.factors.width() }
    }

    fn thin(&self, w: &[f64], p: &mut [f64], q: &mut [f64]) {
        let (l, r) = self.factors.split(w);
        kernel().product(self.operator.left(), l, 1.0, p, false);
        kernel().product(self.operator.right(), r, 1.0, q, false);
    }

    /// out = scale·(Aᵀ diag(u) Q, Bᵀ diag(u) P); with `tangent` = (Ṗ, Q̇, u̇), the derivative of that.
    fn gather(
        &self,
        scale: f64,
        out: &mut [f64],
        weighted: &mut [f64],
        (p, q): (&[f64], &[f64]),
        u: &[f64],
        tangent: Option<(&[f64], &[f64], &[f64])>,
    ) {
        let k = self.factors.width();
        let (gl, gr) = self.factors.split_mut(out);
        for (vectors, thin, thin_dot, target) in
            [(self.operator.left(), q, tangent.map(|t| t.1), gl), (self.operator.right(), p, tangent.map(|t| t.0), gr)]
        {
            match (tangent, thin_dot) {
                (Some((_, _, u_dot)), Some(thin_dot)) => {
                    weigh(u_dot, thin, k, weighted);
                    add_weighed(u, thin_dot, k, weighted);
                }
                _ => weigh(u, thin, k, weighted),
            }
            kernel().product(vectors.t(), weighted, scale, target, false);
        }
    }
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
        ThinScratch {
            p: thin.clone(),
            q: thin.clone(),
            p_dot: thin.clone(),
            q_dot: thin.clone(),
            weighted: thin,
            left: Vec::new(),
            right: Vec::new(),
            weights: Vec::new(),
        }
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
        out.fill(0.0);
        kernel().add_row_products(self.pair(&s.p, &s.q), 1.0, out);
    }

    fn predict_tangent(&self, _: &[f64], v: &[f64], out: &mut [f64], s: &mut ThinScratch) {
        self.thin(v, &mut s.p_dot, &mut s.q_dot);
        out.fill(0.0);
        kernel().add_row_products(self.pair(&s.p_dot, &s.q), 1.0, out);
        kernel().add_row_products(self.pair(&s.p, &s.q_dot), 1.0, out);
    }

    fn pull(&self, _: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut ThinScratch) {
        let ThinScratch { p, q, weighted, .. } = s;
        self.gather(scale, out, weighted, (p, q), u, None);
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
        let ThinScratch { p, q, p_dot, q_dot, weighted, .. } = s;
        self.gather(scale, out, weighted, (p, q), u, Some((p_dot, q_dot, u_dot)));
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
        // The vectors of the batch side by side: thin products of B rows, so that a small batch costs O(B·k·(d1 + d2)).
        let (l, r) = self.factors.split(w);
        let (gl, gr) = self.factors.split_mut(out);
        let ThinScratch { p, q, left, right, weights, .. } = s;
        let together = TOGETHER.min(self.operator.count());
        for (piece, start) in batch.chunks(together).zip((0..).step_by(together)) {
            gather(piece.iter().map(|&i| self.operator.vectors(i).0), left);
            gather(piece.iter().map(|&i| self.operator.vectors(i).1), right);
            let (p, q) = (&mut p[..piece.len() * k], &mut q[..piece.len() * k]);
            kernel().product(Matrix::new(left, piece.len(), self.factors.rows()), l, 1.0, p, false);
            kernel().product(Matrix::new(right, piece.len(), self.factors.cols()), r, 1.0, q, false);
            let rho = &mut rho[start..][..piece.len()];
            rho.fill(0.0);
            add_row_sums(p, q, k, 1.0, rho);
            weights.clear();
            for (position, rho) in (start..).zip(rho) {
                *rho = rows.residual(position, *rho);
                weights.push(scale * *rho);
            }
            kernel().outer_products(left, q, weights, gl, start > 0);
            kernel().outer_products(right, p, weights, gr, start > 0);
        }
    }
}
