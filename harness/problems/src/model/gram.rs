use super::{Model, TOGETHER, add_row_sums, add_weighed, gather, weigh};
use crate::factorization::consecutive_blocks;
use crate::kernel::{Matrix, Pair, Rows, kernel, transpose};
use crate::operator::{MeasurementOperator, SymmetricRankOne};
use crate::problem::Block;

/// Σ_b s_b ‖U_bᵀ x_i‖² with fixed signs s_b: X = U Uᵀ, or U1 U1ᵀ − U2 U2ᵀ. O(m·k·d) a gradient.
pub(crate) struct SignedGram {
    operator: SymmetricRankOne,
    signs: Vec<f64>,
    blocks: Vec<Block>,
}

/// P_b = (x_i)ᵀ U_b for all b, their derivatives, and weighted copies: m × k_b arrays one after another.
pub(crate) struct GramScratch {
    p: Vec<f64>,
    p_dot: Vec<f64>,
    weighted: Vec<f64>,
    /// Vectors and weights of a batch.
    vectors: Vec<f64>,
    weights: Vec<f64>,
}

impl SignedGram {
    /// One factor `U`: X = U Uᵀ.
    pub(crate) fn positive(operator: SymmetricRankOne, width: usize) -> Self {
        let blocks = consecutive_blocks([("U".to_owned(), operator.rows(), width)]);
        SignedGram { operator, signs: vec![1.0], blocks }
    }

    /// Two factors `U1`, `U2`: X = U1 U1ᵀ − U2 U2ᵀ.
    pub(crate) fn indefinite(operator: SymmetricRankOne, positive: usize, negative: usize) -> Self {
        let d = operator.rows();
        let blocks = consecutive_blocks([("U1".to_owned(), d, positive), ("U2".to_owned(), d, negative)]);
        SignedGram { operator, signs: vec![1.0, -1.0], blocks }
    }

    /// Sign of each factor.
    pub(crate) fn signs(&self) -> &[f64] {
        &self.signs
    }

    /// Each factor's sign, place in w and place in the m × k_b arrays.
    fn factors(&self) -> impl Iterator<Item = (f64, std::ops::Range<usize>, std::ops::Range<usize>)> + '_ {
        let (m, d) = (self.operator.count(), self.operator.rows());
        self.signs.iter().zip(&self.blocks).map(move |(&sign, block)| {
            let start = block.offset / d * m;
            (sign, block.offset..block.offset + block.len(), start..start + m * block.cols)
        })
    }

    fn thin(&self, w: &[f64], p: &mut [f64]) {
        for (_, place, thin) in self.factors() {
            kernel().product(self.operator.vectors(), &w[place], 1.0, &mut p[thin], false);
        }
    }

    /// out_i = Σ_b s_b Σ_c p_ic q_ic.
    fn signed_products(&self, p: &[f64], q: &[f64], scale: f64, out: &mut [f64]) {
        out.fill(0.0);
        for (sign, place, thin) in self.factors() {
            let k = place.len() / self.operator.rows();
            let pair = Pair { left: &p[thin.clone()], right: &q[thin], width: k };
            kernel().add_row_products(pair, scale * sign, out);
        }
    }

    /// out_b = 2·scale·s_b Xᵀ diag(u) P_b; with `tangent` = (Ṗ, u̇), the derivative of that.
    fn gather(
        &self,
        scale: f64,
        out: &mut [f64],
        weighted: &mut [f64],
        p: &[f64],
        u: &[f64],
        tangent: Option<(&[f64], &[f64])>,
    ) {
        for (sign, place, thin) in self.factors() {
            let k = place.len() / self.operator.rows();
            let target = &mut weighted[thin.clone()];
            match tangent {
                None => weigh(u, &p[thin], k, target),
                Some((p_dot, u_dot)) => {
                    weigh(u_dot, &p[thin.clone()], k, target);
                    add_weighed(u, &p_dot[thin], k, target);
                }
            }
            kernel().product(self.operator.vectors().t(), target, 2.0 * scale * sign, &mut out[place], false);
        }
    }
}

impl Model for SignedGram {
    type Scratch = GramScratch;

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        &self.operator
    }

    fn scratch(&self) -> GramScratch {
        let width: usize = self.blocks.iter().map(|block| block.cols).sum();
        let thin = vec![0.0; self.operator.count() * width];
        let (vectors, weights) = (Vec::new(), Vec::new());
        GramScratch { p: thin.clone(), p_dot: thin.clone(), weighted: thin, vectors, weights }
    }

    fn end_to_end(&self, w: &[f64], x: &mut [f64]) {
        x.fill(0.0);
        for (sign, block) in self.signs.iter().zip(&self.blocks) {
            let u = &w[block.offset..][..block.len()];
            let mut transposed = vec![0.0; u.len()];
            transpose(u, block.rows, block.cols, &mut transposed);
            kernel().product(Matrix::new(u, block.rows, block.cols), &transposed, *sign, x, true);
        }
    }

    /// ‖U1ᵀU2‖_F: zero where the parts of the two signs do not cancel each other. A single factor is always balanced.
    fn balancedness(&self, w: &[f64]) -> f64 {
        let [first, second] = self.blocks.as_slice() else { return 0.0 };
        let (u1, u2) = w.split_at(second.offset);
        let mut overlap = vec![0.0; first.cols * second.cols];
        kernel().product(Matrix::new(u1, first.rows, first.cols).t(), u2, 1.0, &mut overlap, false);
        overlap.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    fn prepare(&self, w: &[f64], s: &mut GramScratch) {
        self.thin(w, &mut s.p);
    }

    fn prepare_batch(&self, _: &[f64], _: &mut GramScratch) {}

    fn predict(&self, _: &[f64], out: &mut [f64], s: &mut GramScratch) {
        self.signed_products(&s.p, &s.p, 1.0, out);
    }

    fn predict_tangent(&self, _: &[f64], v: &[f64], out: &mut [f64], s: &mut GramScratch) {
        self.thin(v, &mut s.p_dot);
        self.signed_products(&s.p, &s.p_dot, 2.0, out);
    }

    fn pull(&self, _: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut GramScratch) {
        let GramScratch { p, weighted, .. } = s;
        self.gather(scale, out, weighted, p, u, None);
    }

    fn pull_tangent(
        &self,
        _: &[f64],
        _: &[f64],
        u: &[f64],
        u_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut GramScratch,
    ) {
        let GramScratch { p, p_dot, weighted, .. } = s;
        self.gather(scale, out, weighted, p, u, Some((p_dot, u_dot)));
    }

    fn residual_pull(
        &self,
        w: &[f64],
        rows: Rows<'_>,
        rho: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut GramScratch,
    ) {
        let Some(batch) = rows.batch else {
            self.predict(w, rho, s);
            for (i, value) in rho.iter_mut().enumerate() {
                *value = rows.residual(i, *value);
            }
            return self.pull(w, rho, scale, out, s);
        };
        let GramScratch { p, vectors, weights, .. } = s;
        let d = self.operator.rows();
        let together = TOGETHER.min(self.operator.count());
        for (piece, start) in batch.chunks(together).zip((0..).step_by(together)) {
            gather(piece.iter().map(|&i| self.operator.vector(i)), vectors);
            let rho = &mut rho[start..][..piece.len()];
            rho.fill(0.0);
            for (sign, place, thin) in self.factors() {
                let k = place.len() / d;
                let p = &mut p[thin.start..][..piece.len() * k];
                kernel().product(Matrix::new(vectors, piece.len(), d), &w[place], 1.0, p, false);
                add_row_sums(p, p, k, sign, rho);
            }
            for (position, rho) in (start..).zip(rho.iter_mut()) {
                *rho = rows.residual(position, *rho);
            }
            for (sign, place, thin) in self.factors() {
                let p = &p[thin.start..][..piece.len() * (place.len() / d)];
                weights.clear();
                weights.extend(rho.iter().map(|rho| 2.0 * sign * scale * rho));
                kernel().outer_products(vectors, p, weights, &mut out[place], start > 0);
            }
        }
    }
}
