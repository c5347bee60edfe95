//! The limit of gradient flow from a point (the limit map of Li, Wang and Arora 2022).
//!
//! ẇ = −∇f(w) is stiff: its rates spread over many orders of magnitude, and near degenerate zero-loss points it slows down
//! without end. It is integrated by an exponential method of second order (Hochbruck and Ostermann 2010). With the Gauss-Newton
//! matrix B = (2/m) JᵀJ at the current point, ∇f splits into a linear part, the flow of which is known in closed form for
//! any time, and a remainder d, which a step takes into account by Simpson's rule:
//!
//! w ← w − τφ₁(−τB) ∇f(w) + τφ₂(−τB) (4 d(τ/2) + d(τ))/3.
//!
//! The second term is the correction. Its length controls τ, which therefore grows without bound as the flow becomes linear:
//! τφ₁(−τB)∇f → B⁺∇f, and the step is that of Gauss and Newton, which converges quadratically. Nothing is lost by that: in a
//! linear flow the shortest way to zero residuals is where the flow ends, and so next to a non-degenerate zero-loss point, at
//! distance ε, the ends of the two are O(ε²) apart, the correction being as large. Where B loses rank at the zero-loss set the
//! remainder stays comparable to the linear part, and τ grows only as fast as the flow slows down.
//!
//! Functions of B act within Krylov spaces, one product with B for each dimension. What is not resolved there is not lost but
//! late: it lies in the row space of J, as everything the linear flow moves, and the next steps find it in the gradient.
//!
//! Near a degenerate end, where what is left to go is short but needs spaces as large as J has rows, J is written down instead
//! and the last steps are those of implicit Euler.

mod failure;
mod flow;
mod krylov;
mod linearisation;
mod nearest;
mod phi;
mod point;
mod prospect;

pub use failure::LimitFailure;
pub use flatbench_records::LIMIT_LOSS;
pub use nearest::{MOST_MEASUREMENTS, nearest_point};
pub use point::{LimitPoint, allowance, limit_point};
