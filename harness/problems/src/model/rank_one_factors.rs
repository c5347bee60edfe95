use super::batches::Batches;
use super::{Model, Pull, TOGETHER, add_row_sums, gather, weigh};
use crate::factorization::{Factorization, LeftRight};
use crate::kernel::{Buffer, Matrix, Pair, kernel};
use crate::operator::{FusedOperator, MeasurementOperator, RankOne};

/// a_iᵀ L Rᵀ b_i through the thin products P = A L and Q = B R: 4·m·k·(d1 + d2) operations a gradient, where the way through
/// X takes 4·m·d1·d2 and 6·d1·d2·k.
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
    batch: BatchSpace,
}

/// Vectors, weights and thin products of a batch.
pub(crate) struct BatchSpace {
    left: Vec<f64>,
    right: Vec<f64>,
    weights: Vec<f64>,
    p: Buffer,
    q: Buffer,
}

/// The vectors of the batch lie side by side for it: thin products of B rows, so that a small batch costs O(B·k·(d1 + d2)).
impl Batches<LeftRight> for RankOne {
    type Space = BatchSpace;

    fn space(&self, factors: &LeftRight) -> BatchSpace {
        let thin = Buffer::zeros(TOGETHER.min(self.count()) * factors.width());
        BatchSpace { left: Vec::new(), right: Vec::new(), weights: Vec::new(), p: thin.clone(), q: thin }
    }

    fn batch_pull(&self, factors: &LeftRight, w: &[f64], pull: &mut Pull<'_>, space: &mut BatchSpace) -> bool {
        let Pull { rows, ref mut rho, scale, ref mut out } = *pull;
        let batch = rows.batch.expect("a batch");
        let BatchSpace { left, right, weights, p, q } = space;
        let k = factors.width();
        let (l, r) = factors.split(w);
        let (gl, gr) = factors.split_mut(out);
        let together = TOGETHER.min(self.count());
        for (piece, start) in batch.chunks(together).zip((0..).step_by(together)) {
            gather(piece.iter().map(|&i| self.vectors(i).0), left);
            gather(piece.iter().map(|&i| self.vectors(i).1), right);
            let (p, q) = (&mut p[..piece.len() * k], &mut q[..piece.len() * k]);
            kernel().product(Matrix::new(left, piece.len(), factors.rows()), l, 1.0, p, false);
            kernel().product(Matrix::new(right, piece.len(), factors.cols()), r, 1.0, q, false);
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
        true
    }
}

impl RankOneFactors {
    /// Whether the thin products are less work than the way through X.
    pub(crate) fn is_shorter(rows: usize, cols: usize, width: usize, count: usize) -> bool {
        2 * count * width * (rows + cols) < rows * cols * (2 * count + 3 * width)
    }

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
        let (p_dot, q_dot) = (tangent.map(|t| (t.0, t.2)), tangent.map(|t| (t.1, t.2)));
        for (vectors, thin, tangent, target) in
            [(self.operator.left(), q, q_dot, gl), (self.operator.right(), p, p_dot, gr)]
        {
            weigh(u, thin, tangent, k, weighted);
            kernel().product(vectors.t(), weighted, scale, target, false);
        }
    }
}

impl Model for RankOneFactors {
    type Factors = LeftRight;
    type Scratch = ThinScratch;

    fn factors(&self) -> &LeftRight {
        &self.factors
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
            batch: self.operator.space(&self.factors),
        }
    }

    fn prepare(&self, w: &[f64], s: &mut ThinScratch) {
        self.thin(w, &mut s.p, &mut s.q);
    }

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

    fn batch_pull(&self, w: &[f64], mut pull: Pull<'_>, s: &mut ThinScratch) {
        self.operator.batch_pull(&self.factors, w, &mut pull, &mut s.batch);
    }

    fn part(&self, batch: &[usize]) -> Self {
        RankOneFactors { operator: self.operator.part(batch), factors: self.factors.clone() }
    }
}
