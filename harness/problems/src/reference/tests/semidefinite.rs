//! The smallest trace of a positive semidefinite matrix that fits, against a method that shares nothing with the solver.

use ndarray::Array2;

use super::draws::*;
use crate::reference::{Measurements, ReferenceError, Settings, SmallestTrace, Solution, Weight, smallest_trace};
use crate::spectral::symmetric_eigen;

/// Vectors x_i (m × d) of A_i = x_i x_iᵀ, and a truth of the given rank.
fn draw(seed: u64, d: usize, rank: usize, m: usize) -> (Array2<f64>, Array2<f64>) {
    let rng = &mut generator(seed);
    let factor = normal(rng, d, rank);
    (normal(rng, m, d), factor.dot(&factor.t()))
}

fn solve(vectors: &Array2<f64>, targets: &[f64]) -> Result<Solution, ReferenceError> {
    let measurements = Measurements::RankOne { left: vectors.view(), right: vectors.view() };
    smallest_trace(
        &SmallestTrace { measurements, targets, weight: Weight::identity(vectors.ncols()) },
        &Settings::default(),
    )
}

fn targets(vectors: &Array2<f64>, x: &Array2<f64>) -> Vec<f64> {
    Measurements::RankOne { left: vectors.view(), right: vectors.view() }.apply(x.view())
}

fn eigenvalues(x: &Array2<f64>) -> Vec<f64> {
    symmetric_eigen(x).expect("finite").0
}

/// Douglas-Rachford splitting of tr X over the affine set and the cone.
fn by_splitting(vectors: &Array2<f64>, targets: &[f64], steps: usize) -> Array2<f64> {
    let (m, d) = vectors.dim();
    let products = vectors.dot(&vectors.t());
    let (values, basis) = symmetric_eigen(&(&products * &products)).expect("finite");
    let nearest = |z: &Array2<f64>| {
        let missing: Vec<f64> = targets.iter().zip(self::targets(vectors, z)).map(|(t, p)| t - p).collect();
        let inside = basis.t().dot(&Array2::from_shape_vec((m, 1), missing).expect("m numbers"));
        let y = basis.dot(&Array2::from_shape_fn((m, 1), |(i, _)| inside[[i, 0]] / values[i]));
        z + &vectors.t().dot(&Array2::from_shape_fn((m, d), |(i, j)| y[[i, 0]] * vectors[[i, j]]))
    };
    let positive = |z: &Array2<f64>| {
        let (values, basis) = symmetric_eigen(z).expect("finite");
        (&basis * &ndarray::Array1::from_iter(values.iter().map(|v| v.max(0.0)))).dot(&basis.t())
    };
    let mut z = Array2::zeros((d, d));
    let mut x = z.clone();
    for _ in 0..steps {
        x = nearest(&(&z - &(Array2::<f64>::eye(d) * 2.0)));
        z = &z + &(positive(&(&x * 2.0 - &z)) - &x);
    }
    x
}

#[test]
fn splitting_finds_the_same_matrix() {
    for seed in 0..4 {
        let (vectors, truth) = draw(seed, 8, 2, 13);
        let b = targets(&vectors, &truth);
        let solution = solve(&vectors, &b).expect("the truth fits");
        assert_certified(&solution, &format!("seed {seed}"));
        let other = by_splitting(&vectors, &b, 10_000);
        assert!((solution.value / other.diag().sum() - 1.0).abs() < 1e-6, "{} {}", solution.value, other.diag().sum());
        assert!(relative_error(&solution.x, &other) < 1e-4, "seed {seed}: {}", relative_error(&solution.x, &other));
        assert!(eigenvalues(&solution.x)[0] >= -1e-12 * solution.value, "seed {seed}: {:?}", eigenvalues(&solution.x));
    }
}

/// Over symmetric matrices the norm is smaller, and its minimiser is no U Uᵀ: the programs differ on these draws.
#[test]
fn the_cone_matters() {
    let mut cut_off = 0;
    for seed in 0..4 {
        let (vectors, truth) = draw(seed, 12, 1, 24);
        let measurements = Measurements::RankOne { left: vectors.view(), right: vectors.view() };
        let relaxed = norm_minimal(measurements, &truth);
        let solution = solve(&vectors, &targets(&vectors, &truth)).expect("the truth fits");
        assert_certified(&solution, &format!("seed {seed}"));
        assert!(solution.value >= relaxed.value * (1.0 - 1e-9));
        assert!(solution.value <= truth.diag().sum() * (1.0 + 1e-9));
        cut_off += usize::from(solution.value > relaxed.value * (1.0 + 1e-6) && eigenvalues(&relaxed.x)[0] < -1e-3);
    }
    assert!(cut_off >= 2, "{cut_off} of 4");
}

/// Where the feasible set is a single matrix of low rank it has no interior, and where measurements are dependent the
/// multipliers are not unique.
#[test]
fn many_measurements_leave_the_truth() {
    for (rank, m) in [(1, 40), (2, 40), (2, 60)] {
        let (vectors, truth) = draw(7, 10, rank, m);
        let solution = solve(&vectors, &targets(&vectors, &truth)).expect("the truth fits");
        assert!(relative_error(&solution.x, &truth) < 1e-6, "{m}: {}", relative_error(&solution.x, &truth));
        assert_certified(&solution, &format!("rank {rank}, {m} measurements"));
    }
}

#[test]
fn targets_that_no_square_makes_are_refused() {
    let (vectors, truth) = draw(3, 6, 1, 10);
    let mut b = targets(&vectors, &truth);
    b[4] = -0.5;
    assert_eq!(solve(&vectors, &b).expect_err("a square is not negative"), ReferenceError::NotSemidefinite);
    let (vectors, truth) = draw(4, 6, 1, 18);
    let b: Vec<f64> = targets(&vectors, &truth).iter().enumerate().map(|(i, t)| t + 0.2 * (i as f64).sin()).collect();
    assert_eq!(solve(&vectors, &b).expect_err("noise"), ReferenceError::NotSemidefinite);
}
