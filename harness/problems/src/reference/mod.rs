//! Certified references: the flattest and the norm-minimal zero-loss point of an instance, as convex programs.
//!
//! Every solver returns a [`Solution`] with a lower and an upper bound of the optimum, both evaluated from scratch.
//! The constrained norms (`nuclear`, `robust_pca`, `absolute`) and traces (`semidefinite`) are solved by one interior-point
//! method; once it reveals the rank of the minimiser or the support of its sparse part, a polish on matrices of that
//! structure (`polish`, `separation`) brings the gap down to rounding. Powers between one and two (`smooth`) take Newton's method on the dual.

mod absolute;
mod affine;
mod attainment;
mod chain;
mod cone;
mod dense;
mod error;
mod interior_point;
mod measurements;
mod nuclear;
mod observed;
mod of_instance;
mod operator;
mod polish;
mod power;
mod robust_pca;
mod scaling;
mod semidefinite;
mod separation;
mod smooth;
mod solution;
mod tangent;
#[cfg(test)]
mod tests;
mod weight;

pub use error::{Axis, ReferenceError};
pub use measurements::Measurements;
pub use nuclear::{WeightedNuclear, weighted_nuclear};
pub use of_instance::{ReferencePoint, flattest, norm_minimal};
pub use power::{WeightedPower, weighted_power};
pub use robust_pca::robust_pca;
pub use semidefinite::{SmallestTrace, smallest_trace};
pub use solution::{CERTIFIED_GAP, Settings, Solution};
pub use weight::{Weight, weighted_nuclear_norm};
