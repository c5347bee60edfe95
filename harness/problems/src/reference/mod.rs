//! Certified references: the flattest and the norm-minimal zero-loss point of an instance, as convex programs.
//!
//! Every solver returns a [`Solution`] with a lower and an upper bound of the optimum, both evaluated from scratch.
//! The constrained norms are solved by one interior-point method; where the minimiser has low rank, a polish on the
//! manifold of that rank brings the gap down to rounding.

mod absolute;
mod affine;
mod dense;
mod error;
mod factorization;
mod interior_point;
mod measurements;
mod nuclear;
mod of_instance;
mod operator;
mod power;
mod robust_pca;
mod scaling;
mod smooth;
mod solution;
mod tangent;
mod weight;

pub use error::{Axis, ReferenceError};
pub use factorization::{flattest_factors, flattest_hadamard_factors, flattest_layers, flattest_signed_factors};
pub use measurements::Measurements;
pub use of_instance::{ReferencePoint, flattest, norm_minimal};
pub use nuclear::{WeightedNuclear, weighted_nuclear};
pub use power::{WeightedPower, weighted_power};
pub use robust_pca::robust_pca;
pub use solution::{CERTIFIED_GAP, Settings, Solution};
pub use weight::Weight;
