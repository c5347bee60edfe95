/// What an optimizer asks about a point w.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question<'a> {
    /// f(w).
    Loss,
    /// ∇f(w).
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
    /// tr ∇²f(w).
    Trace,
    /// ∇ tr ∇²f(w).
    TraceGradient,
}
