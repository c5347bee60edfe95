/// What an optimizer asks about a point w.
///
/// The answer is a vector as long as w, unless it is said to be a number or to have another length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question<'a> {
    /// f(w), a number.
    Loss,
    /// ∇f(w); f(w) comes with it.
    Gradient,
    /// The gradient of the mean over some measurements.
    MinibatchGradient {
        /// Indices of measurements, at least one; repeats allowed.
        batch: &'a [usize],
        /// One number for each of them, added to its target.
        noise: Option<&'a [f64]>,
    },
    /// ∇f(w) with these numbers (length m) added to the targets.
    PerturbedGradient(&'a [f64]),
    /// ∇²f(w)·v for this v.
    HessianVector(&'a [f64]),
    /// tr ∇²f(w), a number.
    Trace,
    /// ∇ tr ∇²f(w).
    TraceGradient,
    /// f(w + t·v), one for each t.
    LossesAlong {
        /// v.
        direction: &'a [f64],
        /// The values of t.
        steps: &'a [f64],
    },
    /// The residuals ρ(w), length m.
    Residuals,
    /// J v for this v, length m: the derivative of the residuals along v.
    JacobianVector(&'a [f64]),
    /// Jᵀ u for this u of length m.
    JacobianTransposeVector(&'a [f64]),
    /// (2/m) JᵀJ v for this v.
    GaussNewtonVector(&'a [f64]),
    /// tr ∇²f(w) split by factor, one number for each.
    TraceByBlock,
    /// ∇ Σ_b c_b tr H_bb over the factors, with these weights c, one for each.
    WeightedTraceGradient(&'a [f64]),
    /// The mean of ρ_i(w)² over a batch, a number: indices of measurements, at least one; repeats allowed.
    MinibatchLoss(&'a [usize]),
    /// The Hessian of the mean of ρ_i(w)² over some measurements, times v.
    MinibatchHessianVector {
        /// Indices of measurements, at least one; repeats allowed.
        batch: &'a [usize],
        /// v.
        v: &'a [f64],
    },
    /// ρ_i(w) for these measurements, one for each entry of the batch.
    MinibatchResiduals(&'a [usize]),
    /// ∇(vᵀ∇²f(w)v) for this v.
    CurvatureGradient(&'a [f64]),
    /// Relative flatness, a number.
    RelativeFlatness,
    /// Its gradient.
    RelativeFlatnessGradient,
    /// The unit eigenvector of the largest eigenvalue of ∇²f(w), which comes with it.
    LambdaMax,
}

/// Sizes of a problem: they decide how long an answer is.
#[cfg(feature = "host")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Length of w.
    pub(crate) dimension: usize,
    /// Number of factors.
    pub(crate) blocks: usize,
    /// Number of measurements m.
    pub(crate) measurements: usize,
}

#[cfg(feature = "host")]
impl Question<'_> {
    /// Length of the vector that answers it; zero where a number does.
    pub(crate) fn answer_length(&self, sizes: Sizes) -> usize {
        match self {
            Question::Loss | Question::Trace | Question::MinibatchLoss(_) | Question::RelativeFlatness => 0,
            Question::Gradient | Question::MinibatchGradient { .. } | Question::PerturbedGradient(_) => sizes.dimension,
            Question::HessianVector(_) | Question::TraceGradient => sizes.dimension,
            Question::JacobianTransposeVector(_) | Question::GaussNewtonVector(_) => sizes.dimension,
            Question::LambdaMax | Question::WeightedTraceGradient(_) => sizes.dimension,
            Question::MinibatchHessianVector { .. } | Question::CurvatureGradient(_) => sizes.dimension,
            Question::RelativeFlatnessGradient => sizes.dimension,
            Question::MinibatchResiduals(batch) => batch.len(),
            Question::Residuals | Question::JacobianVector(_) => sizes.measurements,
            Question::LossesAlong { steps, .. } => steps.len(),
            Question::TraceByBlock => sizes.blocks,
        }
    }
}
