//! Measurements whose directions are unequal: Gaussian vectors and matrices with a covariance whose eigenvalues fall geometrically
//! from 1 to 1/κ along the coordinates.

use flatbench_records::Parameter;

use super::parameters::{CaseParameters, open, or, real};
use crate::operator::Dense;
use crate::randomness::{gaussians, sample_normal, stream};

/// Name of the parameter.
const CONDITION: &str = "condition_number";

/// κ of measurement matrices.
pub(crate) fn of_matrices() -> Parameter {
    let condition = "Condition number κ of the covariance on each side: A_i = C^½ G_i C^½ with C diagonal, its \
                     eigenvalues falling geometrically from 1 to 1/κ. 1 is isotropic.";
    or(real(CONDITION, condition, 1.0, None, false), 1.0)
}

/// κ of measurement vectors. A case without the key says what 1 says.
pub(crate) fn of_vectors() -> Parameter {
    let condition = "Condition number κ of the covariance C of the measurement vectors (on each side, where there are two): C is \
                     diagonal, its eigenvalues fall geometrically from 1 to 1/κ. 1, as without the key, is isotropic.";
    open(real(CONDITION, condition, 1.0, None, false))
}

/// Takes out what a case without the key says.
pub(crate) fn settle(p: &mut CaseParameters) {
    p.drop_if(CONDITION, &1.0.into());
}

/// κ of a case.
pub(crate) fn condition(p: &CaseParameters) -> f64 {
    p.real_or(CONDITION, 1.0)
}

/// C^½: from 1 down to κ^{−½}, geometrically.
fn roots(size: usize, condition: f64) -> Vec<f64> {
    let steps = size.saturating_sub(1).max(1) as f64;
    (0..size).map(|i| condition.powf(-0.5 * i as f64 / steps)).collect()
}

/// Gaussian vectors C^½ g_i, one after another, from the stream `name`.
pub(crate) fn vectors(condition: f64, dimension: usize, count: usize, seed: u64, name: &str) -> Vec<f64> {
    let roots = roots(dimension, condition);
    let mut vectors = gaussians(seed, name, count * dimension, 1.0);
    for vector in vectors.chunks_mut(dimension) {
        vector.iter_mut().zip(&roots).for_each(|(x, root)| *x *= root);
    }
    vectors
}

/// Symmetric Gaussian matrices A_i = C^½ (G_i + G_iᵀ)/2 C^½ from the stream `name`: ⟨A_i, X⟩ = ⟨C^½ G_i C^½, X⟩ for every symmetric X.
pub(crate) fn symmetric_matrices(condition: f64, dimension: usize, count: usize, seed: u64, name: &str) -> Dense {
    let roots = roots(dimension, condition);
    let mut rng = stream(seed, name);
    let mut square = vec![0.0; dimension * dimension];
    Dense::from_entries(count, dimension, dimension, |i, j| {
        if (i, j) == (0, 0) {
            square.iter_mut().for_each(|x| *x = sample_normal(&mut rng));
        }
        0.5 * (square[i * dimension + j] + square[j * dimension + i]) * (roots[i] * roots[j])
    })
}

/// Gaussian matrices A_i = C^½ G_i C^½ from the stream `name`.
pub(crate) fn matrices(condition: f64, (rows, cols): (usize, usize), count: usize, seed: u64, name: &str) -> Dense {
    let (left, right) = (roots(rows, condition), roots(cols, condition));
    let mut rng = stream(seed, name);
    Dense::from_entries(count, rows, cols, |i, j| left[i] * sample_normal(&mut rng) * right[j])
}
