//! The price list of oracle calls.

use crate::OracleCalls;

/// What one oracle call costs, in full-gradient equivalents, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Kind of call.
    pub call: &'static str,
    /// Cost; for mini-batches, per measurement times m.
    pub cost: f64,
    /// The reason, in a few words.
    pub reason: &'static str,
}

/// f(w): the forward half of a gradient.
pub const LOSS: Price = Price { call: "loss", cost: 0.5, reason: "the forward half of a gradient" };
/// ∇f(w): the unit.
pub const GRADIENT: Price = Price { call: "gradient", cost: 1.0, reason: "the unit; perturbed targets cost the same" };
/// Mini-batch gradient over B of m measurements: B/m.
pub const MINIBATCH: Price = Price { call: "mini-batch gradient", cost: 1.0, reason: "B/m for B of m measurements" };
/// ∇²f(w)v: two gradients' worth of products.
pub const HVP: Price =
    Price { call: "Hessian-vector product", cost: 2.0, reason: "residual and tangent, forward and adjoint" };
/// tr ∇²f(w).
pub const TRACE: Price =
    Price { call: "trace", cost: 1.0, reason: "priced as a gradient, although the exact formula is often cheaper" };
/// ∇ tr ∇²f(w).
pub const TRACE_GRADIENT: Price = Price {
    call: "trace gradient",
    cost: 1.0,
    reason: "priced as a gradient, although the exact formula is often cheaper",
};

/// The whole price list, in the order of [`OracleCalls`].
pub const PRICES: [Price; 6] = [LOSS, GRADIENT, MINIBATCH, HVP, TRACE, TRACE_GRADIENT];

impl OracleCalls {
    /// Cost of these calls on an instance with `measurements` measurements, in full-gradient equivalents.
    ///
    /// Computed from counts, so that it does not depend on the order of the calls.
    pub fn gradient_equivalents(&self, measurements: usize) -> f64 {
        LOSS.cost * self.loss as f64
            + GRADIENT.cost * self.gradient as f64
            + MINIBATCH.cost * (self.minibatch_measurements as f64 / measurements as f64)
            + HVP.cost * self.hvp as f64
            + TRACE.cost * self.trace as f64
            + TRACE_GRADIENT.cost * self.trace_gradient as f64
    }
}
