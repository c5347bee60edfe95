//! Certified references: the flattest and the norm-minimal zero-loss point of an instance, as convex programs.
//!
//! Every solver returns a [`Solution`] with a lower and an upper bound of the optimum, both evaluated from scratch.
//! The constrained norms are solved by one interior-point method; where the minimiser has low rank, a polish on the
//! manifold of that rank brings the gap down to rounding.

mod affine;
mod dense;
mod error;
mod interior_point;
mod measurements;
mod nuclear;
mod operator;
mod scaling;
mod solution;
mod tangent;
mod weight;

pub use error::{Axis, ReferenceError};
pub use measurements::Measurements;
pub use nuclear::{WeightedNuclear, weighted_nuclear};
pub use solution::{CERTIFIED_GAP, Settings, Solution};
pub use weight::Weight;
