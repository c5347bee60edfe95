use super::batches::Batches;
use super::{Model, Pull};
use crate::factorization::LeftRight;
use crate::kernel::{Pair, kernel};
use crate::operator::{FusedOperator, Mask, MeasurementOperator};

/// Sampled entries of L Rᵀ: 6·|Ω|·k operations a gradient, the matrix is never formed.
pub(crate) struct SampledFactors {
    /// Positions.
    pub(crate) mask: Mask,
    /// Factors.
    pub(crate) factors: LeftRight,
}

/// How much faster operations go in products of matrices than entry by entry.
const REGULARITY: usize = 4;

impl SampledFactors {
    /// Whether `count` entries, one by one, are faster than the 6·d1·d2·k operations of the way through X.
    pub(crate) fn is_shorter(rows: usize, cols: usize, count: usize) -> bool {
        REGULARITY * count < rows * cols
    }

    fn pair<'a>(&self, w: &'a [f64]) -> Pair<'a> {
        let (left, right) = self.factors.split(w);
        Pair { left, right, width: self.factors.width() }
    }

    /// L from one point, R from another.
    fn mixed<'a>(&self, left: &'a [f64], right: &'a [f64]) -> Pair<'a> {
        Pair { left: self.pair(left).left, right: self.pair(right).right, width: self.factors.width() }
    }
}

impl Model for SampledFactors {
    type Factors = LeftRight;
    type Scratch = ();

    fn factors(&self) -> &LeftRight {
        &self.factors
    }

    fn operator(&self) -> &dyn MeasurementOperator {
        &self.mask
    }

    fn scratch(&self) {}

    fn prepare(&self, _: &[f64], _: &mut ()) {}

    fn predict(&self, w: &[f64], out: &mut [f64], _: &mut ()) {
        kernel().predict_entries(self.mask.entries(), self.pair(w), out, false);
    }

    fn predict_tangent(&self, w: &[f64], v: &[f64], out: &mut [f64], _: &mut ()) {
        kernel().predict_entries(self.mask.entries(), self.mixed(v, w), out, false);
        kernel().predict_entries(self.mask.entries(), self.mixed(w, v), out, true);
    }

    fn pull(&self, w: &[f64], u: &[f64], scale: f64, out: &mut [f64], _: &mut ()) {
        out.fill(0.0);
        let (gl, gr) = self.factors.split_mut(out);
        kernel().pull_entries(self.mask.entries(), self.pair(w), u, scale, gl, gr);
    }

    fn pull_tangent(&self, w: &[f64], v: &[f64], u: &[f64], u_dot: &[f64], scale: f64, out: &mut [f64], s: &mut ()) {
        self.pull(w, u_dot, scale, out, s);
        let (gl, gr) = self.factors.split_mut(out);
        kernel().pull_entries(self.mask.entries(), self.pair(v), u, scale, gl, gr);
    }

    fn residual_pull(&self, w: &[f64], pull: Pull<'_>, s: &mut ()) {
        self.batch_pull(w, pull, s);
    }

    fn batch_pull(&self, w: &[f64], mut pull: Pull<'_>, s: &mut ()) {
        self.mask.batch_pull(&self.factors, w, &mut pull, s);
    }

    fn part(&self, batch: &[usize]) -> Self {
        SampledFactors { mask: self.mask.part(batch), factors: self.factors.clone() }
    }
}
