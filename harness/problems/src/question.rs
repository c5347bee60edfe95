use flatbench_records::CallKind;

/// What can be asked about a point w.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// f(w).
    Loss,
    /// What one pass over all measurements answers.
    Pass(Pass<'a>),
    /// The gradient of the mean over some measurements.
    MinibatchGradient {
        /// Indices of measurements, at least one; repeats allowed.
        batch: &'a [usize],
        /// One number for each of them, added to its target.
        noise: Option<&'a [f64]>,
    },
    /// tr ∇²f(w), exact.
    Trace,
    /// ∇ tr ∇²f(w).
    TraceGradient,
    /// The residuals ρ(w), length m, with f(w) = (1/m) Σ ρ_i(w)².
    Residuals,
    /// J v, the derivative of the predictions along v; length m.
    JacobianVector(&'a [f64]),
    /// Jᵀ u for this u of length m.
    JacobianTransposeVector(&'a [f64]),
    /// (2/m) JᵀJ v: the Gauss-Newton part of ∇²f(w)·v.
    GaussNewtonVector(&'a [f64]),
    /// tr ∇²f(w) split by factor block.
    TraceByBlock,
    /// ∇ Σ_b c_b tr H_bb over the factor blocks, with these weights c.
    WeightedTraceGradient(&'a [f64]),
    /// The mean of ρ_i(w)² over a batch: indices of measurements, at least one; repeats allowed.
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
    /// [`Problem::relative_flatness`](crate::Problem::relative_flatness).
    RelativeFlatness,
    /// Its gradient.
    RelativeFlatnessGradient,
}

/// A question that reads every measurement once, so that one pass can answer it for several points.
#[derive(Clone, Copy, Debug)]
pub enum Pass<'a> {
    /// ∇f(w).
    Gradient,
    /// ∇f(w) with these numbers (length m) added to the targets.
    PerturbedGradient(&'a [f64]),
    /// ∇²f(w)·v for this v.
    HessianVector(&'a [f64]),
}

impl Question<'_> {
    /// What the call is counted as.
    pub fn kind(&self) -> CallKind {
        match self {
            Question::Loss => CallKind::Loss,
            Question::Pass(Pass::Gradient | Pass::PerturbedGradient(_)) => CallKind::Gradient,
            Question::Pass(Pass::HessianVector(_)) => CallKind::HessianVector,
            Question::MinibatchGradient { .. } => CallKind::MinibatchGradient,
            Question::Trace | Question::TraceByBlock => CallKind::Trace,
            Question::TraceGradient | Question::WeightedTraceGradient(_) => CallKind::TraceGradient,
            Question::MinibatchLoss(_) => CallKind::MinibatchLoss,
            Question::MinibatchHessianVector { .. } => CallKind::MinibatchHessianVector,
            Question::MinibatchResiduals(_) => CallKind::MinibatchResiduals,
            Question::CurvatureGradient(_) => CallKind::CurvatureGradient,
            Question::RelativeFlatness => CallKind::RelativeFlatness,
            Question::RelativeFlatnessGradient => CallKind::RelativeFlatnessGradient,
            Question::Residuals => CallKind::Residuals,
            Question::JacobianVector(_) => CallKind::JacobianVector,
            Question::JacobianTransposeVector(_) => CallKind::JacobianTransposeVector,
            Question::GaussNewtonVector(_) => CallKind::GaussNewtonVector,
        }
    }

    /// Single measurements that are asked for; zero where the question is about all of them.
    pub fn measurements(&self) -> usize {
        match self {
            Question::MinibatchGradient { batch, .. } | Question::MinibatchHessianVector { batch, .. } => batch.len(),
            Question::MinibatchLoss(batch) | Question::MinibatchResiduals(batch) => batch.len(),
            _ => 0,
        }
    }

    /// The question in words if it is about second derivatives, or about residuals whose squares make the loss.
    pub(crate) fn about_squares(&self) -> Option<&'static str> {
        match self {
            Question::Loss | Question::Pass(Pass::Gradient | Pass::PerturbedGradient(_)) => None,
            Question::MinibatchGradient { .. } | Question::MinibatchLoss(_) => None,
            Question::Pass(Pass::HessianVector(_)) => Some("the Hessian-vector product"),
            Question::MinibatchHessianVector { .. } => Some("the mini-batch Hessian-vector product"),
            Question::Trace | Question::TraceByBlock => Some("the trace of the Hessian"),
            Question::TraceGradient | Question::WeightedTraceGradient(_) => {
                Some("the gradient of the trace of the Hessian")
            }
            Question::CurvatureGradient(_) => Some("the gradient of a curvature"),
            Question::RelativeFlatness | Question::RelativeFlatnessGradient => Some("relative flatness"),
            Question::Residuals | Question::MinibatchResiduals(_) => Some("residuals whose squares make the loss"),
            Question::JacobianVector(_) | Question::JacobianTransposeVector(_) => {
                Some("the Jacobian of such residuals")
            }
            Question::GaussNewtonVector(_) => Some("the Gauss-Newton product"),
        }
    }

    /// The question in words if it is about single measurements or their targets, or needs a third derivative: not every loss has
    /// these.
    pub(crate) fn about_measurements(&self) -> Option<&'static str> {
        match self {
            Question::MinibatchGradient { .. } => Some("the mini-batch gradient"),
            Question::Pass(Pass::PerturbedGradient(_)) => Some("the gradient with perturbed targets"),
            Question::Pass(Pass::Gradient | Pass::HessianVector(_)) => None,
            Question::MinibatchLoss(_) => Some("the mini-batch loss"),
            Question::MinibatchHessianVector { .. } => Some("the mini-batch Hessian-vector product"),
            Question::MinibatchResiduals(_) => Some("a mini-batch of residuals"),
            Question::CurvatureGradient(_) => Some("the gradient of a curvature"),
            Question::RelativeFlatness | Question::RelativeFlatnessGradient => None,
            Question::WeightedTraceGradient(_) => None,
            Question::JacobianVector(_) => Some("the Jacobian of the residuals"),
            Question::JacobianTransposeVector(_) => Some("the transposed Jacobian of the residuals"),
            Question::Loss | Question::Trace | Question::TraceGradient | Question::TraceByBlock => None,
            Question::Residuals | Question::GaussNewtonVector(_) => None,
        }
    }
}

/// A question about single measurements or their targets, or about second derivatives, to a family whose loss has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{question} is not supported by this family ({reason})")]
pub struct NotSupported {
    /// The question, in words.
    pub question: &'static str,
    /// Why not.
    pub reason: &'static str,
}
