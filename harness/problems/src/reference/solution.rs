use ndarray::Array2;

/// Largest relative gap that counts as certified.
pub const CERTIFIED_GAP: f64 = 1e-8;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Relative duality gap at which a solver stops, in (0, 1). Below [`CERTIFIED_GAP`] so that the minimiser is
    /// accurate too.
    pub target_gap: f64,
    /// Most interior-point or Newton steps.
    pub max_iterations: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { target_gap: 1e-11, max_iterations: 100 }
    }
}

/// A minimiser with its certificate.
///
/// Weak duality holds by construction: `value` is the objective at `x`, which satisfies the constraints up to
/// `feasibility`, and `dual_value` is the dual objective at a point scaled to be exactly feasible, both evaluated from
/// scratch and not taken from the solver's recursions. The optimum lies between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Minimiser, rows × cols (n × 1 for a vector).
    pub x: Array2<f64>,
    /// Objective at `x`: upper bound of the optimum.
    pub value: f64,
    /// Dual objective: lower bound of the optimum.
    pub dual_value: f64,
    /// (`value` + cost of restoring exact feasibility − `dual_value`) / |`value`|. Rounding can make it slightly
    /// negative.
    pub relative_gap: f64,
    /// Whether `relative_gap` ≤ [`CERTIFIED_GAP`].
    pub certified: bool,
    /// Norm of the constraint residual at `x` over the norm of the targets.
    pub feasibility: f64,
    /// Interior-point or Newton steps taken.
    pub iterations: usize,
}

impl Solution {
    /// Puts a solution together; `correction` bounds what restoring exact feasibility may add to `value`.
    pub(super) fn new(
        x: Array2<f64>,
        value: f64,
        correction: f64,
        dual_value: f64,
        feasibility: f64,
        iterations: usize,
    ) -> Self {
        let relative_gap = relative_gap(value + correction, dual_value);
        let certified = relative_gap.abs() <= CERTIFIED_GAP;
        Solution { x, value, dual_value, relative_gap, certified, feasibility, iterations }
    }
}

/// (upper − lower) / |upper|, and 0 where both vanish.
pub(super) fn relative_gap(upper: f64, lower: f64) -> f64 {
    let difference = upper - lower;
    if difference == 0.0 { 0.0 } else { difference / upper.abs().max(f64::MIN_POSITIVE) }
}
