use super::batches::Batches;
use super::{Model, Pull, TOGETHER, add_row_sums, gather, weigh};
use crate::factorization::SignedGram;
use crate::kernel::{Buffer, Matrix, Pair, kernel};
use crate::operator::{FusedOperator, MeasurementOperator, SymmetricRankOne};

/// Σ_b s_b ‖U_bᵀ x_i‖² through the thin products P_b = (x_i)ᵀ U_b: 4·m·d·k operations a gradient, k the columns of all U_b,
/// where the way through the triangles of X takes somewhat more than 2·m·d² and 6·d²·k.
pub(crate) struct GramFactors {
    /// Measurement vectors.
    pub(crate) operator: SymmetricRankOne,
    /// Factors.
    pub(crate) factors: SignedGram,
}

/// P_b for all b, their derivatives, and weighted copies: m × k_b arrays one after another.
pub(crate) struct GramScratch {
    p: Vec<f64>,
    p_dot: Vec<f64>,
    weighted: Vec<f64>,
    batch: BatchSpace,
}

/// Vectors, weights and thin products of a batch.
pub(crate) struct BatchSpace {
    vectors: Vec<f64>,
    weights: Vec<f64>,
    p: Buffer,
}

/// The vectors of a batch lie side by side for it.
impl Batches<SignedGram> for SymmetricRankOne {
    type Space = BatchSpace;

    fn space(&self, factors: &SignedGram) -> BatchSpace {
        let p = Buffer::zeros(TOGETHER.min(self.count()) * factors.width());
        BatchSpace { vectors: Vec::new(), weights: Vec::new(), p }
    }

    fn batch_pull(&self, factors: &SignedGram, w: &[f64], pull: &mut Pull<'_>, space: &mut BatchSpace) -> bool {
        let Pull { rows, ref mut rho, scale, ref mut out } = *pull;
        let batch = rows.batch.expect("a batch");
        let BatchSpace { vectors, weights, p } = space;
        let d = self.rows();
        let together = TOGETHER.min(self.count());
        for (piece, start) in batch.chunks(together).zip((0..).step_by(together)) {
            gather(piece.iter().map(|&i| self.vector(i)), vectors);
            let count = piece.len();
            let rho = &mut rho[start..][..count];
            rho.fill(0.0);
            for (sign, width, place) in factors.factors() {
                let p = &mut p[place.start / d * count..][..count * width];
                kernel().product(Matrix::new(vectors, count, d), &w[place], 1.0, p, false);
                add_row_sums(p, p, width, sign, rho);
            }
            for (position, rho) in (start..).zip(rho.iter_mut()) {
                *rho = rows.residual(position, *rho);
            }
            for (sign, width, place) in factors.factors() {
                let p = &p[place.start / d * count..][..count * width];
                weights.clear();
                weights.extend(rho.iter().map(|rho| 2.0 * sign * scale * rho));
                kernel().outer_products(vectors, p, weights, &mut out[place], start > 0);
            }
        }
        true
    }
}

impl GramFactors {
    /// Whether the thin products are less work than the way through X.
    pub(crate) fn is_shorter(dimension: usize, width: usize, count: usize) -> bool {
        10 * count * width < dimension * (6 * count + 15 * width)
    }

    /// Each factor's sign, columns, place in w and place in the m × k_b arrays.
    fn places(&self) -> impl Iterator<Item = (f64, usize, std::ops::Range<usize>, std::ops::Range<usize>)> + '_ {
        let (m, d) = (self.operator.count(), self.operator.rows());
        self.factors.factors().map(move |(sign, width, place)| {
            let start = place.start / d * m;
            (sign, width, place, start..start + m * width)
        })
    }

    fn thin(&self, w: &[f64], p: &mut [f64]) {
        for (_, _, place, thin) in self.places() {
            kernel().product(self.operator.vectors(), &w[place], 1.0, &mut p[thin], false);
        }
    }

    /// out_i = Σ_b s_b Σ_c p_ic q_ic.
    fn signed_products(&self, p: &[f64], q: &[f64], scale: f64, out: &mut [f64]) {
        out.fill(0.0);
        for (sign, k, _, thin) in self.places() {
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
        for (sign, k, place, thin) in self.places() {
            let target = &mut weighted[thin.clone()];
            let tangent = tangent.map(|(p_dot, u_dot)| (&p_dot[thin.clone()], u_dot));
            weigh(u, &p[thin], tangent, k, target);
            kernel().product(self.operator.vectors().t(), target, 2.0 * scale * sign, &mut out[place], false);
        }
    }
}

impl Model for GramFactors {
    type Factors = SignedGram;
    type Scratch = GramScratch;

    fn factors(&self) -> &SignedGram {
        &self.factors
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        &self.operator
    }

    fn scratch(&self) -> GramScratch {
        let thin = vec![0.0; self.operator.count() * self.factors.width()];
        let batch = self.operator.space(&self.factors);
        GramScratch { p: thin.clone(), p_dot: thin.clone(), weighted: thin, batch }
    }

    fn prepare(&self, w: &[f64], s: &mut GramScratch) {
        self.thin(w, &mut s.p);
    }

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

    fn batch_pull(&self, w: &[f64], mut pull: Pull<'_>, s: &mut GramScratch) {
        self.operator.batch_pull(&self.factors, w, &mut pull, &mut s.batch);
    }

    fn part(&self, batch: &[usize]) -> Self {
        GramFactors { operator: self.operator.part(batch), factors: self.factors.clone() }
    }
}
