use ndarray::Array2;
use rand::RngExt;

use super::draws::*;
use crate::reference::{Settings, Solution, robust_pca};

/// A d × d instance with rank-two truth and a fraction of Gaussian outliers: the solution, the truth, Y and ‖S*‖₁.
fn solved(seed: u64, d: usize, fraction: f64) -> (Solution, Array2<f64>, Array2<f64>, f64) {
    let rng = &mut generator(seed);
    let truth = low_rank(rng, d, d, 2);
    let mut observed = truth.clone();
    let mut radius = 0.0;
    for v in observed.iter_mut() {
        if rng.random::<f64>() < fraction {
            let outlier = normal(rng, 1, 1)[[0, 0]];
            *v += outlier;
            radius += outlier.abs();
        }
    }
    let solution = robust_pca(observed.view(), radius, &Settings::default()).expect("valid data");
    (solution, truth, observed, radius)
}

#[test]
fn few_outliers_are_removed_exactly() {
    let mut recovered = 0;
    for seed in 0..4 {
        let (solution, truth, observed, radius) = solved(seed, 20, 0.05);
        assert_certified(&solution, "robust PCA");
        let distance: f64 = observed.iter().zip(&solution.x).map(|(a, b)| (a - b).abs()).sum();
        assert!(distance <= radius * (1.0 + 1e-12), "{distance} outside {radius}");
        recovered += usize::from(relative_error(&solution.x, &truth) <= 1e-6);
    }
    assert!(recovered >= 3, "{recovered} of 4 draws recovered");
}

#[test]
fn the_certificate_holds_where_recovery_fails() {
    let (solution, truth, ..) = solved(3, 12, 0.3);
    assert_certified(&solution, "robust PCA with many outliers");
    assert!(relative_error(&solution.x, &truth) > 1e-3);
}

#[test]
fn a_radius_that_reaches_zero_gives_zero_and_a_zero_radius_gives_the_data() {
    let observed = normal(&mut generator(0), 4, 3);
    let everything: f64 = observed.iter().map(|v| v.abs()).sum();
    let nothing_left = robust_pca(observed.view(), everything, &Settings::default()).expect("valid data");
    assert_eq!((nothing_left.value, nothing_left.certified), (0.0, true));
    let unchanged = robust_pca(observed.view(), 0.0, &Settings::default()).expect("valid data");
    assert!(unchanged.certified && relative_error(&unchanged.x, &observed) <= 1e-14);
}

#[test]
fn one_entry_is_soft_thresholded() {
    // A 1 × 1 problem: min |x| subject to |y − x| ≤ τ.
    let solution = robust_pca(Array2::from_elem((1, 1), -3.0).view(), 1.25, &Settings::default()).expect("valid data");
    assert_certified(&solution, "scalar");
    assert!((solution.x[[0, 0]] + 1.75).abs() <= 1e-7, "{}", solution.x);
}
