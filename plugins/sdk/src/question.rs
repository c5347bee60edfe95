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
    /// The unit eigenvector of the largest eigenvalue of ∇²f(w), which comes with it.
    LambdaMax,
}

/// Sizes of a problem: they decide how long an answer is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Length of w.
    pub(crate) dimension: usize,
    /// Number of factors.
    pub(crate) blocks: usize,
    /// Number of measurements m.
    pub(crate) measurements: usize,
}

impl Question<'_> {
    /// Length of the vector that answers it; zero where a number does.
    pub(crate) fn answer_length(&self, sizes: Sizes) -> usize {
        match self {
            Question::Loss | Question::Trace => 0,
            Question::Gradient | Question::MinibatchGradient { .. } | Question::PerturbedGradient(_) => sizes.dimension,
            Question::HessianVector(_) | Question::TraceGradient => sizes.dimension,
            Question::JacobianTransposeVector(_) | Question::GaussNewtonVector(_) => sizes.dimension,
            Question::LambdaMax => sizes.dimension,
            Question::Residuals | Question::JacobianVector(_) => sizes.measurements,
            Question::LossesAlong { steps, .. } => steps.len(),
            Question::TraceByBlock => sizes.blocks,
        }
    }
}
