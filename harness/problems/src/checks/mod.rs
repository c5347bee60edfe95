//! Checks of oracles and generators, used by the tests and by the self-test of the harness.
//!
//! Each function measures one discrepancy and returns it as a number; what is small enough is for the caller to say.

mod adjoint;
mod generator;
mod hessian;
mod taylor;

pub use adjoint::{adjoint_identity, jacobian_adjoint};
pub use generator::{instance_hash, relative_spread, side_overlap};
pub use hessian::{
    dense_hessian, dense_hessian_by_differences, hessian_vector_by_differences, symmetry, trace_against_hessian,
};
pub use taylor::{gradient_slope, trace_gradient_slope};

use crate::randomness::gaussians;

/// A direction with independent N(0, 1) entries, a pure function of the seed.
pub fn direction(length: usize, seed: u64) -> Vec<f64> {
    gaussians(seed, "check-direction", length, 1.0)
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    inner(a, a).sqrt()
}

fn moved(w: &[f64], t: f64, v: &[f64]) -> Vec<f64> {
    w.iter().zip(v).map(|(w, v)| w + t * v).collect()
}

/// ‖a − b‖/‖b‖, or ‖a‖ where b is zero.
fn relative_difference(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let scale = norm(b);
    if scale == 0.0 { norm(a) } else { norm(&difference) / scale }
}
