//! The map from w to predictions ⟨A_i, X(w)⟩, with its derivatives: a factorization seen through measurements.
//!
//! Loss, gradient, Hessian-vector product and Jacobian products follow from these calls alone. `through_matrix` forms
//! X; the other models go through the factors and never form it, where structure of the measurements makes that less work.
//! Mini-batches may have a way of their own (`batches`).

mod batches;
mod dense_group;
mod entries;
mod gram;
mod rank_one_factors;
#[cfg(test)]
mod tests;
mod through_matrix;

pub(crate) use entries::SampledFactors;
pub(crate) use gram::GramFactors;
pub(crate) use rank_one_factors::RankOneFactors;
pub(crate) use through_matrix::ThroughMatrix;

use flatbench_records::FactorizationKind;

use crate::evaluator::GroupRequest;
use crate::factorization::Compression;
use crate::kernel::Rows;
use crate::operator::MeasurementOperator;
use crate::problem::Block;

/// Space to take several points through a model in one pass over its measurements.
pub(crate) trait ModelGroup {
    /// Requests that one pass takes.
    fn capacity(&self) -> usize;

    /// Gradients and Hessian-vector products of the mean of ρ² as `scale` = 2/m makes them, with the bits of a point alone.
    fn serve(&mut self, targets: &[f64], scale: f64, requests: &mut [GroupRequest<'_>]);
}

/// Predictions as a function of w.
///
/// Calls share scratch space: `prepare(w)` comes first, `predict_tangent(w, v)` before `pull_tangent(w, v)`.
pub(crate) trait Model: Send + Sync {
    /// Space for partial results.
    type Scratch;

    /// Factors in w.
    fn blocks(&self) -> &[Block];

    /// How they make X.
    fn factorization_kind(&self) -> FactorizationKind;

    /// The measurements behind the predictions.
    fn operator(&self) -> &dyn MeasurementOperator;

    /// Space for partial results.
    fn scratch(&self) -> Self::Scratch;

    /// Writes X(w), row by row.
    fn end_to_end(&self, w: &[f64], x: &mut [f64]);

    /// How far the factors of w are from balanced.
    fn balancedness(&self, w: &[f64]) -> f64;

    /// Curvature along the columns of each factor.
    fn compressions(&self, w: &[f64]) -> Vec<Compression>;

    /// Partial results at w that the other calls read.
    fn prepare(&self, w: &[f64], s: &mut Self::Scratch);

    /// Partial results that `residual_pull` over a batch reads; models that take a batch row by row need none.
    fn prepare_batch(&self, w: &[f64], s: &mut Self::Scratch) {
        self.prepare(w, s);
    }

    /// out_i = ⟨A_i, X(w)⟩.
    fn predict(&self, w: &[f64], out: &mut [f64], s: &mut Self::Scratch);

    /// out_i = d/dt ⟨A_i, X(w + t v)⟩.
    fn predict_tangent(&self, w: &[f64], v: &[f64], out: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·J(w)ᵀ u.
    fn pull(&self, w: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·d/dt J(w + t v)ᵀ (u + t u̇).
    #[expect(clippy::too_many_arguments, reason = "a point, a direction, and both for the weights")]
    fn pull_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        u: &[f64],
        u_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    );

    /// Residuals ρ of the measurements asked for, and out = scale·Σ ρ_i ∇prediction_i.
    fn residual_pull(
        &self,
        w: &[f64],
        rows: Rows<'_>,
        rho: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    );

    /// Space for up to `capacity` points at once; `None` where a pass over the measurements is no dearer than one point.
    fn group(&self, capacity: usize) -> Option<Box<dyn ModelGroup + '_>> {
        let _ = capacity;
        None
    }
}

/// Rows of `source` (k columns) times the weights; the rows of `target`.
fn weigh(weights: &[f64], source: &[f64], k: usize, target: &mut [f64]) {
    for ((weight, row), out) in weights.iter().zip(source.chunks_exact(k)).zip(target.chunks_exact_mut(k)) {
        out.iter_mut().zip(row).for_each(|(out, x)| *out = weight * x);
    }
}

/// The same, added to `target`.
fn add_weighed(weights: &[f64], source: &[f64], k: usize, target: &mut [f64]) {
    for ((weight, row), out) in weights.iter().zip(source.chunks_exact(k)).zip(target.chunks_exact_mut(k)) {
        out.iter_mut().zip(row).for_each(|(out, x)| *out += weight * x);
    }
}

/// Measurements of a batch that are taken together: more would gain nothing.
const TOGETHER: usize = 64;

/// Copies the vectors of a batch into `out`, one after another.
fn gather<'a>(vectors: impl Iterator<Item = &'a [f64]>, out: &mut Vec<f64>) {
    out.clear();
    vectors.for_each(|vector| out.extend_from_slice(vector));
}

/// out_i += scale·Σ_c p_ic q_ic over rows of k, each sum in the order of c; four at a time, since one sum after another
/// would wait for each addition.
fn add_row_sums(p: &[f64], q: &[f64], k: usize, scale: f64, out: &mut [f64]) {
    const ROWS: usize = 4;
    for ((p, q), out) in p.chunks(ROWS * k).zip(q.chunks(ROWS * k)).zip(out.chunks_mut(ROWS)) {
        let mut sums = [-0.0; ROWS];
        if out.len() == ROWS {
            for c in 0..k {
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum += p[r * k + c] * q[r * k + c];
                }
            }
        } else {
            for ((sum, p), q) in sums.iter_mut().zip(p.chunks(k)).zip(q.chunks(k)) {
                *sum = p.iter().zip(q).map(|(p, q)| p * q).sum();
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out += scale * sum;
        }
    }
}
