use serde::{Deserialize, Serialize};

use crate::CallKind;

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
    pub fn gradient_equivalents(mut self, measurements: usize) -> f64 {
        let cost = |kind: CallKind| {
            let facts = kind.facts();
            let whole = match facts.measurements {
                Some(touched) => *touched(&mut self) as f64 / measurements as f64,
                None => *(facts.calls)(&mut self) as f64,
            };
            facts.price * whole
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
