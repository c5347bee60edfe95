use flatbench_records::{Dimensions, FactorizationKind, Init};
use ndarray::{Array2, ArrayView2};

use crate::evaluator::{Evaluator, GroupEvaluator};
use crate::flatness::FlattestProgram;
use crate::operator::MeasurementOperator;
use crate::standardization::Standardization;

/// A named factor inside the parameter vector w, stored row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Name, such as `L` or `W1`.
    pub name: String,
    /// Rows of the factor.
    pub rows: usize,
    /// Columns of the factor.
    pub cols: usize,
    /// Index in w of its first entry.
    pub offset: usize,
}

impl Block {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether the factor has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why an instance has no well-posed reference solution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the flattest solution is not determined: {reason}")]
pub struct IllPosed {
    /// What is missing.
    pub reason: String,
}

/// A drawn instance: ground truth, measurements and the loss f(w) = (1/m) Σ ρ_i(w)² over the parameter vector w (of absolute values, where
/// [`Problem::least_absolute`] is given).
///
/// Immutable and shared by all runs; scratch space lives in [`Evaluator`]s.
pub trait Problem: Send + Sync {
    /// Sizes.
    fn dimensions(&self) -> &Dimensions;

    /// Factors that make up w, in order, without gaps.
    fn blocks(&self) -> &[Block];

    /// How they make X(w).
    fn factorization(&self) -> FactorizationKind;

    /// A starting point of the given regime, length `dimensions().parameters`; a pure function of `seed`. A scaled start is
    /// the large one until it is [multiplied](crate::starting_point); the spectral one does not depend on the
    /// seed. In the place of a given start, of which only a case knows, stands the large one.
    fn initial_point(&self, init: Init, seed: u64) -> Vec<f64>;

    /// A new evaluator with scratch space of its own.
    fn evaluator(&self) -> Box<dyn Evaluator + Send + '_>;

    /// An evaluator of up to `capacity` ≥ 1 points in one pass over the measurements; `None` where that is no faster than
    /// one point after another, as in families whose measurements have structure.
    fn group_evaluator(&self, capacity: usize) -> Option<Box<dyn GroupEvaluator + '_>>;

    /// The end-to-end matrix X(w), rows × cols (cols = 1 for a vector).
    fn end_to_end(&self, w: &[f64]) -> Array2<f64>;

    /// The ground truth X*, where there is one.
    fn truth(&self) -> Option<ArrayView2<'_, f64>>;

    /// Whether some w is known to have zero loss: the truth fits, to rounding, and the factors are wide enough for it.
    fn is_realisable(&self) -> bool;

    /// Mean squared residual of X on measurements never used for training: fresh ones, or held-out entries.
    fn test_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64>;

    /// Root mean square error of X on the same entries in the units of the file that they are from; `None` without a file of
    /// entries.
    fn test_rmse(&self, x: ArrayView2<'_, f64>) -> Option<f64>;

    /// How targets are made of the entries of a file; `None` without one.
    fn standardization(&self) -> Option<&Standardization>;

    /// Mean squared residual of X on the measurements reserved for choosing hyper-parameters.
    fn validation_loss(&self, x: ArrayView2<'_, f64>) -> Option<f64>;

    /// tr ∇²f(w) split by factor block, in the order of [`Problem::blocks`]. Sums to the trace.
    fn hessian_trace_by_block(&self, w: &[f64]) -> Vec<f64>;

    /// The trace with each block's part divided by that factor's number of rows (scaled trace).
    fn scaled_trace(&self, w: &[f64]) -> f64 {
        self.blocks().iter().zip(self.hessian_trace_by_block(w)).map(|(b, t)| t / b.rows as f64).sum()
    }

    /// Smallest trace over all factorizations of X on the zero-loss set, `floor(X)`.
    fn flatness_floor(&self, x: ArrayView2<'_, f64>) -> f64;

    /// How far the factors are from balanced: ‖LᵀL − RᵀR‖_F or the family's analogue.
    fn balancedness(&self, w: &[f64]) -> f64;

    /// Relative flatness of Petzka et al. (2021), summed over the layers: Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'} over the neurons s of a
    /// layer, with incoming weights w_s. L Rᵀ has the layers Rᵀ and L, U Uᵀ has Uᵀ, a vector is a diagonal layer. Dense
    /// measurements: O(m·d1·d2·k).
    fn relative_flatness(&self, w: &[f64]) -> f64;

    /// Weights P² (rows × rows) and Q² (cols × cols) for which ‖P X Q‖_* stands for [`Problem::flatness_floor`] near `x`, up to
    /// a power and a factor; `None` where the floor is such a norm itself, or no norm at all.
    fn local_weights(&self, x: ArrayView2<'_, f64>) -> Option<(Array2<f64>, Array2<f64>)>;

    /// A w with X(w) = x whose trace is `flatness_floor(x)` (for zero loss); `None` where the factors are too narrow.
    fn flattest_factorization(&self, x: ArrayView2<'_, f64>) -> Option<Vec<f64>>;

    /// The convex program of the flattest zero-loss point, or why it is ill-posed for this instance (an unobserved row or
    /// column, or measurements that leave a direction unseen).
    fn flattest_program(&self) -> Result<FlattestProgram, IllPosed>;

    /// The measurements A.
    fn operator(&self) -> &dyn MeasurementOperator;

    /// Targets b_i of the measurements, length m: residuals are ⟨A_i, X⟩ − b_i, unless an [`outlier_radius`] is given.
    ///
    /// [`outlier_radius`]: Problem::outlier_radius
    fn targets(&self) -> &[f64];

    /// ‖S*‖₁ where the targets are those of X + S for a sparse S of at most that ℓ1 norm: every entry of X is measured, row by
    /// row, and residuals are those against the nearest such S. `None` where residuals are plain differences.
    fn outlier_radius(&self) -> Option<f64>;

    /// The mean absolute residual of the truth, where the loss is f(w) = (1/m) Σ |ρ_i(w)| less that. Then nothing exists that is made of
    /// second derivatives: traces, floors and relative flatness are not numbers, there is no flattest program and no limit.
    /// `None` where the loss is a mean of squares.
    fn least_absolute(&self) -> Option<f64>;
}
