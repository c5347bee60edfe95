use std::convert::Infallible;

use faer::{Mat, Side};
use flatbench_problems::{Evaluator, Pass, Question};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The largest eigenvalue with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Eigenpair {
    /// The eigenvalue λ.
    pub value: f64,
    /// A unit eigenvector v.
    pub vector: Vec<f64>,
    /// ‖Hv − λv‖ / |λ|, computed from H itself and not from the recurrence.
    pub residual: f64,
}

/// Relative residual at which the iteration stops. The eigenvalue's own error is of the order of its square.
const TOLERANCE: f64 = 1e-7;
/// Longest Krylov basis.
const LONGEST: usize = 300;

/// Largest eigenvalue of ∇²f(w), with its evidence. Not numbers where the loss has no second derivatives.
pub fn lambda_max(evaluator: &mut dyn Evaluator, w: &[f64]) -> Eigenpair {
    if evaluator.supports(Question::Pass(Pass::HessianVector(w))).is_err() {
        return Eigenpair { value: f64::NAN, vector: vec![f64::NAN; w.len()], residual: f64::NAN };
    }
    let leading = leading_eigenpair(w.len(), |v, product| {
        evaluator.hessian_vector(w, v, product);
        Ok::<_, Infallible>(())
    });
    let (value, vector) = leading.unwrap_or_else(|never| match never {});
    if !value.is_finite() {
        return Eigenpair { value, vector, residual: f64::NAN };
    }
    let mut product = vec![0.0; w.len()];
    evaluator.hessian_vector(w, &vector, &mut product);
    product.iter_mut().zip(&vector).for_each(|(p, v)| *p -= value * v);
    let residual = if value == 0.0 { norm(&product) } else { norm(&product) / value.abs() };
    Eigenpair { value, vector, residual }
}

/// Largest eigenvalue and a unit eigenvector of a symmetric matrix of this size, which `multiply` writes products with, by Lanczos with
/// full reorthogonalisation (Parlett, The Symmetric Eigenvalue Problem, 1998, chapter 13) from a fixed random start. Not numbers where a
/// product is not finite.
///
/// # Errors
/// The first one of `multiply`.
pub fn leading_eigenpair<E>(
    dimension: usize,
    mut multiply: impl FnMut(&[f64], &mut [f64]) -> Result<(), E>,
) -> Result<(f64, Vec<f64>), E> {
    let mut rng = ChaCha8Rng::seed_from_u64(0x1a2c_05e5);
    let mut start: Vec<f64> = (0..dimension).map(|_| StandardNormal.sample(&mut rng)).collect();
    let length = norm(&start);
    start.iter_mut().for_each(|x| *x /= length);

    let mut basis = vec![start];
    let (mut diagonal, mut off_diagonal) = (Vec::new(), Vec::<f64>::new());
    let mut product = vec![0.0; dimension];
    loop {
        #[expect(clippy::expect_used, reason = "the basis is never empty")]
        let newest = basis.last().expect("the basis starts with one vector");
        multiply(newest, &mut product)?;
        diagonal.push(dot(newest, &product));
        // Twice is enough (Parlett): one pass leaves rounding errors of the size of what it removed.
        for _ in 0..2 {
            for v in &basis {
                let along = dot(v, &product);
                product.iter_mut().zip(v).for_each(|(p, v)| *p -= along * v);
            }
        }
        let next = norm(&product);
        if !next.is_finite() {
            // A second derivative overflows, and so would every product from here on.
            return Ok((f64::NAN, vec![f64::NAN; dimension]));
        }
        let size = diagonal.len();
        let exhausted = size == dimension || size == LONGEST || next <= f64::EPSILON * scale(&diagonal);
        if exhausted || size.is_multiple_of(5) {
            let (value, coordinates) = largest(&diagonal, &off_diagonal);
            let estimate = next * coordinates[size - 1].abs();
            if exhausted || estimate <= TOLERANCE * value.abs() {
                return Ok((value, combined(&basis, &coordinates)));
            }
        }
        off_diagonal.push(next);
        basis.push(product.iter().map(|p| p / next).collect());
    }
}

/// The sum of basis vectors with these coordinates.
fn combined(basis: &[Vec<f64>], coordinates: &[f64]) -> Vec<f64> {
    let mut vector = vec![0.0; basis.first().map_or(0, Vec::len)];
    for (v, c) in basis.iter().zip(coordinates) {
        vector.iter_mut().zip(v).for_each(|(x, v)| *x += c * v);
    }
    vector
}

/// Largest eigenvalue of the symmetric tridiagonal matrix, with its unit eigenvector.
fn largest(diagonal: &[f64], off_diagonal: &[f64]) -> (f64, Vec<f64>) {
    let size = diagonal.len();
    let tridiagonal = Mat::from_fn(size, size, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off_diagonal[i.min(j)],
        _ => 0.0,
    });
    match tridiagonal.self_adjoint_eigen(Side::Lower) {
        // Eigenvalues come in ascending order.
        Ok(eigen) => (eigen.S()[size - 1], (0..size).map(|i| eigen.U()[(i, size - 1)]).collect()),
        // Only for entries that are not finite: the caller's numbers say so themselves.
        Err(_) => (f64::NAN, vec![f64::NAN; size]),
    }
}

fn scale(diagonal: &[f64]) -> f64 {
    diagonal.iter().fold(0.0, |most: f64, d| most.max(d.abs()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
