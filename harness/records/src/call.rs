use serde::{Deserialize, Serialize};

/// Oracle calls by kind, counted by the host. Kinds that a record does not name were not there when it was written: zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OracleCalls {
    /// Loss f(w).
    pub loss: u64,
    /// Full gradient, with or without perturbed targets; its loss comes with it.
    pub gradient: u64,
    /// Mini-batch gradient, with or without perturbed targets.
    pub minibatch: u64,
    /// Measurements touched by mini-batch gradients.
    pub minibatch_measurements: u64,
    /// Hessian-vector products.
    pub hvp: u64,
    /// Exact tr ∇²f(w), as a sum or by block.
    pub trace: u64,
    /// Gradients of tr ∇²f(w), or of a weighted sum of its blocks.
    pub trace_gradient: u64,
    /// Mini-batch losses.
    pub minibatch_loss: u64,
    /// Measurements touched by mini-batch losses.
    pub minibatch_loss_measurements: u64,
    /// Mini-batch Hessian-vector products.
    pub minibatch_hvp: u64,
    /// Measurements touched by mini-batch Hessian-vector products.
    pub minibatch_hvp_measurements: u64,
    /// Residuals of all measurements.
    pub residuals: u64,
    /// Residuals of mini-batches.
    pub minibatch_residuals: u64,
    /// Measurements touched by residuals of mini-batches.
    pub minibatch_residuals_measurements: u64,
    /// Products J v with the Jacobian of the predictions.
    pub jacobian_vector: u64,
    /// Products Jᵀ u.
    pub jacobian_transpose_vector: u64,
    /// Products (2/m) JᵀJ v.
    pub gauss_newton_vector: u64,
    /// Gradients of a curvature vᵀ∇²f(w)v in w.
    pub curvature_gradient: u64,
    /// Relative flatness.
    pub relative_flatness: u64,
    /// Gradients of relative flatness.
    pub relative_flatness_gradient: u64,
}

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
type Count = fn(&mut OracleCalls) -> &mut u64;

/// A row of the table of kinds.
struct Facts {
    name: &'static str,
    plural: &'static str,
    key: &'static str,
    price: f64,
    reason: &'static str,
    calls: Count,
    /// The measurements in all calls together, where the price is per measurement.
    measurements: Option<Count>,
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
    fn facts(self) -> Facts {
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

impl OracleCalls {
    /// Enters one call, over so many single measurements where it is priced by them.
    pub fn enter(&mut self, kind: CallKind, measurements: usize) {
        let facts = kind.facts();
        *(facts.calls)(self) += 1;
        if let Some(of) = facts.measurements {
            *of(self) += measurements as u64;
        }
    }

    /// Calls of a kind.
    pub fn count(mut self, kind: CallKind) -> u64 {
        *(kind.facts().calls)(&mut self)
    }

    /// Single measurements in all calls of a kind together; `None` where they do not decide the price.
    pub fn measurements(mut self, kind: CallKind) -> Option<u64> {
        kind.facts().measurements.map(|of| *of(&mut self))
    }

    /// Calls of all kinds.
    pub fn total(self) -> u64 {
        CallKind::ALL.into_iter().map(|kind| self.count(kind)).sum()
    }

    /// Cost of these calls on an instance with `measurements` measurements, in full-gradient equivalents.
    ///
    /// Computed from counts, so that it does not depend on the order of the calls.
    pub fn gradient_equivalents(self, measurements: usize) -> f64 {
        let cost = |kind: CallKind| {
            let whole = match self.measurements(kind) {
                Some(touched) => touched as f64 / measurements as f64,
                None => self.count(kind) as f64,
            };
            kind.price() * whole
        };
        CallKind::ALL.into_iter().map(cost).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys and numbers as they are written.
    fn counts(calls: OracleCalls) -> Vec<(String, u64)> {
        let value = serde_json::to_value(calls).expect("counts have a JSON form");
        let object = value.as_object().expect("counts are an object");
        object.iter().map(|(key, count)| (key.clone(), count.as_u64().expect("a count"))).collect()
    }

    #[test]
    fn every_count_belongs_to_a_kind_that_moves_it() {
        let mut reached = Vec::new();
        for kind in CallKind::ALL {
            let mut calls = OracleCalls::default();
            calls.enter(kind, 7);
            let mut moved = counts(calls);
            moved.retain(|(_, count)| *count > 0);
            let mut expected = vec![(kind.key().to_owned(), 1)];
            if kind.is_priced_per_measurement() {
                expected.push((format!("{}_measurements", kind.key()), 7));
            }
            assert_eq!(moved, expected, "{}", kind.name());
            assert_eq!((calls.count(kind), calls.total()), (1, 1), "{}", kind.name());
            reached.extend(expected.into_iter().map(|(key, _)| key));
        }
        let mut all: Vec<String> = counts(OracleCalls::default()).into_iter().map(|(key, _)| key).collect();
        all.sort();
        reached.sort();
        assert_eq!(reached, all, "a count that no kind moves");
    }

    #[test]
    fn the_cost_does_not_depend_on_the_order() {
        let mut calls = OracleCalls::default();
        for kind in CallKind::ALL.into_iter().chain(CallKind::ALL.into_iter().rev()) {
            calls.enter(kind, 60);
        }
        let of_a_quarter = 0.25 * (1.0 + 0.5 + 2.0 + 0.5);
        let of_all = 0.5 + 1.0 + 2.0 + 1.0 + 1.0 + 0.5 + 0.5 + 0.5 + 1.0 + 3.0 + 2.0 + 2.0;
        assert_eq!(calls.gradient_equivalents(240), 2.0 * (of_all + of_a_quarter));
    }

    #[test]
    fn records_from_before_a_kind_have_none_of_it() {
        let before =
            r#"{"loss":1,"gradient":2,"minibatch":3,"minibatch_measurements":4,"hvp":5,"trace":6,"trace_gradient":7}"#;
        let calls: OracleCalls = serde_json::from_str(before).expect("they are read");
        assert_eq!((calls.total(), calls.count(CallKind::Residuals)), (24, 0));
        assert_eq!(calls.gradient_equivalents(4), 0.5 + 2.0 + 1.0 + 10.0 + 6.0 + 7.0);
    }
}
