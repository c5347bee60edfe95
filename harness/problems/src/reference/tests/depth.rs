use ndarray::Array2;
use rand::RngExt;

use super::draws::*;
use crate::reference::{Settings, WeightedPower, weighted_power};

const N: usize = 100;
const M: usize = 50;

/// Flattest solution of a draw with five nonzero entries and k factors: its relative error and how much less flat the
/// truth is, as a ratio.
fn flattest_vector(seed: u64, factors: u32) -> (f64, f64) {
    let rng = &mut generator(seed);
    let mut truth = Array2::zeros((N, 1));
    let mut placed = 0;
    while placed < 5 {
        let j = rng.random_range(0..N);
        if truth[[j, 0]] == 0.0 {
            truth[[j, 0]] = normal(rng, 1, 1)[[0, 0]];
            placed += 1;
        }
    }
    let a = normal(rng, M, N);
    let targets: Vec<f64> = a.dot(&truth).iter().copied().collect();
    let weights: Vec<f64> = a.columns().into_iter().map(|c| c.dot(&c) / M as f64).collect();
    let exponent = 2.0 - 2.0 / f64::from(factors);
    let problem = WeightedPower { measurements: a.view(), targets: &targets, weights: &weights, exponent };
    let solution = weighted_power(&problem, &Settings::default()).expect("the truth fits");
    assert_certified(&solution, &format!("{factors} factors"));
    let at_truth: f64 = weights.iter().zip(&truth).map(|(c, v)| c * v.abs().powf(exponent)).sum();
    (relative_error(&solution.x, &truth), at_truth / solution.value)
}

#[test]
fn two_factors_recover_a_sparse_vector() {
    for seed in 0..4 {
        let (error, excess) = flattest_vector(seed, 2);
        assert!(error <= 1e-6 && (excess - 1.0).abs() < 1e-8, "seed {seed}: error {error:e}, excess {excess}");
    }
}

#[test]
fn three_and_more_factors_do_not() {
    for factors in [3, 4, 6] {
        for seed in 0..4 {
            let (error, excess) = flattest_vector(seed, factors);
            assert!(error > 0.02 && excess > 1.001, "{factors} factors, seed {seed}: error {error}, excess {excess}");
        }
    }
}

#[test]
fn more_factors_are_further_from_sparse() {
    for seed in 0..4 {
        assert!(flattest_vector(seed, 4).0 > flattest_vector(seed, 3).0, "seed {seed}");
    }
}
