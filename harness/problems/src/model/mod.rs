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

use crate::evaluator::GroupRequest;
use crate::factorization::Factorization;
use crate::kernel::Rows;
use crate::operator::MeasurementOperator;

/// Space to take several points through a model in one pass over its measurements.
pub(crate) trait ModelGroup: Send {
    /// Requests that one pass takes.
    fn capacity(&self) -> usize;

    /// Gradients and Hessian-vector products of the mean of ρ² as `scale` = 2/m makes them, with the bits of a point alone.
    fn serve(&mut self, targets: &[f64], scale: f64, requests: &mut [GroupRequest<'_>]);
}

/// What a gradient is made of, and where it goes.
pub(crate) struct Pull<'a> {
    /// The measurements asked for, with their targets.
    pub(crate) rows: Rows<'a>,
    /// Their residuals ρ, one for each.
    pub(crate) rho: &'a mut [f64],
    /// Of the gradient.
    pub(crate) scale: f64,
    /// scale·Σ ρ_i ∇prediction_i.
    pub(crate) out: &'a mut [f64],
}

/// Predictions as a function of w.
///
/// Calls share scratch space: `prepare(w)` comes first except before `batch_pull`, `predict_tangent(w, v)` before
/// `pull_tangent(w, v)`.
pub(crate) trait Model: Send + Sync {
    /// The map from w to X.
    type Factors: Factorization;

    /// Space for partial results.
    type Scratch: Send;

    /// The map from w to X.
    fn factors(&self) -> &Self::Factors;

    /// The measurements behind the predictions.
    fn operator(&self) -> &dyn MeasurementOperator;

    /// Space for partial results.
    fn scratch(&self) -> Self::Scratch;

    /// Partial results at w that the other calls read.
    fn prepare(&self, w: &[f64], s: &mut Self::Scratch);

    /// out_i = ⟨A_i, X(w)⟩.
    fn predict(&self, w: &[f64], out: &mut [f64], s: &mut Self::Scratch);

    /// out_i = d/dt ⟨A_i, X(w + t v)⟩.
    fn predict_tangent(&self, w: &[f64], v: &[f64], out: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·J(w)ᵀ u.
    fn pull(&self, w: &[f64], u: &[f64], scale: f64, out: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·JᵀJ v, the Gauss-Newton part of a Hessian-vector product; J v is left in `rho_dot`.
    fn gauss_newton(
        &self,
        w: &[f64],
        v: &[f64],
        rho_dot: &mut [f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    ) {
        self.predict_tangent(w, v, rho_dot, s);
        self.pull(w, rho_dot, scale, out, s);
    }

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

    /// Residuals of all measurements, and the gradient that they make.
    fn residual_pull(&self, w: &[f64], pull: Pull<'_>, s: &mut Self::Scratch) {
        let Pull { rows, rho, scale, out } = pull;
        self.predict(w, rho, s);
        rows.subtract(0, rho);
        self.pull(w, rho, scale, out, s);
    }

    /// The same for the measurements of a batch.
    fn batch_pull(&self, w: &[f64], pull: Pull<'_>, s: &mut Self::Scratch);

    /// The model of the measurements of a batch by themselves, in its order.
    fn part(&self, batch: &[usize]) -> Self
    where
        Self: Sized;

    /// Space for up to `capacity` points at once; `None` where a pass over the measurements is no dearer than one point.
    fn group(&self, capacity: usize) -> Option<Box<dyn ModelGroup + '_>> {
        let _ = capacity;
        None
    }
}

/// The rows of `source` (k columns) times the weights; with `tangent` = (derivative of `source`, derivative of the weights),
/// the derivative of that.
fn weigh(weights: &[f64], source: &[f64], tangent: Option<(&[f64], &[f64])>, k: usize, target: &mut [f64]) {
    let Some((source_dot, weights_dot)) = tangent else {
        for ((weight, row), out) in weights.iter().zip(source.chunks_exact(k)).zip(target.chunks_exact_mut(k)) {
            out.iter_mut().zip(row).for_each(|(out, x)| *out = weight * x);
        }
        return;
    };
    weigh(weights_dot, source, None, k, target);
    for ((weight, row), out) in weights.iter().zip(source_dot.chunks_exact(k)).zip(target.chunks_exact_mut(k)) {
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
