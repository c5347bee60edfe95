use crate::OracleCalls;

/// A kind of oracle call: what is counted apart and has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// f(w).
    Loss,
    /// ∇f(w), perturbed targets or not.
    Gradient,
    /// The gradient of the mean over a batch of measurements, perturbed targets or not.
    MinibatchGradient,
    /// ∇²f(w)·v.
    HessianVector,
    /// tr ∇²f(w), or its blocks.
    Trace,
    /// ∇ tr ∇²f(w), or of a weighted sum of its blocks.
    TraceGradient,
    /// The mean over a batch of measurements.
    MinibatchLoss,
    /// The Hessian of the mean over a batch of measurements times v.
    MinibatchHessianVector,
    /// ρ(w).
    Residuals,
    /// ρ_i(w) for a batch of measurements.
    MinibatchResiduals,
    /// J v.
    JacobianVector,
    /// Jᵀ u.
    JacobianTransposeVector,
    /// (2/m) JᵀJ v.
    GaussNewtonVector,
    /// ∇ (vᵀ∇²f(w)v).
    CurvatureGradient,
    /// Relative flatness.
    RelativeFlatness,
    /// Its gradient.
    RelativeFlatnessGradient,
}

/// A number in [`OracleCalls`].
pub(crate) type Count = fn(&mut OracleCalls) -> &mut u64;

/// A row of the table of kinds.
pub(crate) struct Facts {
    name: &'static str,
    plural: &'static str,
    key: &'static str,
    pub(crate) price: f64,
    reason: &'static str,
    pub(crate) calls: Count,
    /// The measurements in all calls together, where the price is per measurement.
    pub(crate) measurements: Option<Count>,
}

impl CallKind {
    /// All kinds, in the order of [`OracleCalls`].
    pub const ALL: [CallKind; 16] = [
        CallKind::Loss,
        CallKind::Gradient,
        CallKind::MinibatchGradient,
        CallKind::HessianVector,
        CallKind::Trace,
        CallKind::TraceGradient,
        CallKind::MinibatchLoss,
        CallKind::MinibatchHessianVector,
        CallKind::Residuals,
        CallKind::MinibatchResiduals,
        CallKind::JacobianVector,
        CallKind::JacobianTransposeVector,
        CallKind::GaussNewtonVector,
        CallKind::CurvatureGradient,
        CallKind::RelativeFlatness,
        CallKind::RelativeFlatnessGradient,
    ];

    /// The table: everything that is said of a kind anywhere.
    pub(crate) fn facts(self) -> Facts {
        match self {
            CallKind::Loss => Facts {
                name: "loss",
                plural: "evaluations of the loss",
                key: "loss",
                price: 0.5,
                reason: "the forward half of a gradient",
                calls: |calls| &mut calls.loss,
                measurements: None,
            },
            CallKind::Gradient => Facts {
                name: "gradient",
                plural: "full gradients",
                key: "gradient",
                price: 1.0,
                reason: "the unit: forward and adjoint; the loss comes with it, and perturbed targets cost the same",
                calls: |calls| &mut calls.gradient,
                measurements: None,
            },
            CallKind::MinibatchGradient => Facts {
                name: "mini-batch gradient",
                plural: "mini-batch gradients",
                key: "minibatch",
                price: 1.0,
                reason: "B/m for B of m measurements",
                calls: |calls| &mut calls.minibatch,
                measurements: Some(|calls| &mut calls.minibatch_measurements),
            },
            CallKind::HessianVector => Facts {
                name: "Hessian-vector product",
                plural: "Hessian-vector products",
                key: "hvp",
                price: 2.0,
                reason: "residual and tangent, forward and adjoint; λ_max costs those that it takes",
                calls: |calls| &mut calls.hvp,
                measurements: None,
            },
            CallKind::Trace => Facts {
                name: "trace",
                plural: "exact traces",
                key: "trace",
                price: 1.0,
                reason: "priced as a gradient, although the exact formula is often cheaper; by block the same",
                calls: |calls| &mut calls.trace,
                measurements: None,
            },
            CallKind::TraceGradient => Facts {
                name: "trace gradient",
                plural: "gradients of the trace",
                key: "trace_gradient",
                price: 1.0,
                reason: "priced as a gradient, although the exact formula is often cheaper; weighted by block the same",
                calls: |calls| &mut calls.trace_gradient,
                measurements: None,
            },
            CallKind::MinibatchLoss => Facts {
                name: "mini-batch loss",
                plural: "mini-batch losses",
                key: "minibatch_loss",
                price: 0.5,
                reason: "the forward half of a mini-batch gradient",
                calls: |calls| &mut calls.minibatch_loss,
                measurements: Some(|calls| &mut calls.minibatch_loss_measurements),
            },
            CallKind::MinibatchHessianVector => Facts {
                name: "mini-batch Hessian-vector product",
                plural: "mini-batch Hessian-vector products",
                key: "minibatch_hvp",
                price: 2.0,
                reason: "as for all measurements",
                calls: |calls| &mut calls.minibatch_hvp,
                measurements: Some(|calls| &mut calls.minibatch_hvp_measurements),
            },
            CallKind::Residuals => Facts {
                name: "residuals",
                plural: "evaluations of all residuals",
                key: "residuals",
                price: 0.5,
                reason: "forward",
                calls: |calls| &mut calls.residuals,
                measurements: None,
            },
            CallKind::MinibatchResiduals => Facts {
                name: "mini-batch residuals",
                plural: "residuals of mini-batches",
                key: "minibatch_residuals",
                price: 0.5,
                reason: "forward",
                calls: |calls| &mut calls.minibatch_residuals,
                measurements: Some(|calls| &mut calls.minibatch_residuals_measurements),
            },
            CallKind::JacobianVector => Facts {
                name: "Jacobian-vector product",
                plural: "Jacobian-vector products",
                key: "jacobian_vector",
                price: 0.5,
                reason: "tangent, forward",
                calls: |calls| &mut calls.jacobian_vector,
                measurements: None,
            },
            CallKind::JacobianTransposeVector => Facts {
                name: "transposed Jacobian-vector product",
                plural: "transposed Jacobian-vector products",
                key: "jacobian_transpose_vector",
                price: 0.5,
                reason: "adjoint",
                calls: |calls| &mut calls.jacobian_transpose_vector,
                measurements: None,
            },
            CallKind::GaussNewtonVector => Facts {
                name: "Gauss-Newton-vector product",
                plural: "Gauss-Newton-vector products",
                key: "gauss_newton_vector",
                price: 1.0,
                reason: "tangent, forward and adjoint",
                calls: |calls| &mut calls.gauss_newton_vector,
                measurements: None,
            },
            CallKind::CurvatureGradient => Facts {
                name: "curvature gradient",
                plural: "gradients of a curvature",
                key: "curvature_gradient",
                price: 3.0,
                reason: "residual, first and second tangent, forward and adjoint",
                calls: |calls| &mut calls.curvature_gradient,
                measurements: None,
            },
            CallKind::RelativeFlatness => Facts {
                name: "relative flatness",
                plural: "evaluations of relative flatness",
                key: "relative_flatness",
                price: 2.0,
                reason: "every measurement is compressed from both sides",
                calls: |calls| &mut calls.relative_flatness,
                measurements: None,
            },
            CallKind::RelativeFlatnessGradient => Facts {
                name: "relative-flatness gradient",
                plural: "gradients of relative flatness",
                key: "relative_flatness_gradient",
                price: 2.0,
                reason: "the compressions of the value, taken back",
                calls: |calls| &mut calls.relative_flatness_gradient,
                measurements: None,
            },
        }
    }

    /// As it is shown: `mini-batch gradient`.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Several of them: `mini-batch gradients`.
    pub fn plural(self) -> &'static str {
        self.facts().plural
    }

    /// Name of its count in [`OracleCalls`]; where the price is per measurement, `{key}_measurements` is counted too.
    pub fn key(self) -> &'static str {
        self.facts().key
    }

    /// Cost of a call in full-gradient equivalents; where it is per measurement, of one that takes all m of them.
    pub fn price(self) -> f64 {
        self.facts().price
    }

    /// Why that price, in a few words.
    pub fn reason(self) -> &'static str {
        self.facts().reason
    }

    /// Whether a call over B of m measurements costs B/m of the price.
    pub fn is_priced_per_measurement(self) -> bool {
        self.facts().measurements.is_some()
    }

    /// The price as it is shown: `0.5`, or `B/m`.
    pub fn cost(self) -> String {
        match (self.is_priced_per_measurement(), self.price()) {
            (false, price) => price.to_string(),
            (true, 1.0) => "B/m".to_owned(),
            (true, price) => format!("{price} B/m"),
        }
    }
}
