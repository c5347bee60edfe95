use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::draws::*;
use crate::reference::{Axis, Measurements, Weight, weighted_nuclear_norm};

const D: usize = 20;
const DRAWS: u64 = 20;

fn draw(seed: u64, m: usize) -> (Array2<f64>, Array2<f64>) {
    let rng: &mut ChaCha8Rng = &mut generator(seed);
    (low_rank(rng, D, D, 2), anisotropic(rng, m, D, 10.0))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn the_flattest_point_is_the_truth_where_the_norm_minimal_one_is_not() {
    let mut norm_errors = Vec::new();
    for seed in 0..DRAWS {
        let (truth, a) = draw(seed, 180);
        let flat = flattest(Measurements::Dense(a.view()), &truth, false);
        let norm = norm_minimal(Measurements::Dense(a.view()), &truth);
        assert_certified(&flat, "flattest");
        assert_certified(&norm, "norm-minimal");
        assert!(relative_error(&flat.x, &truth) <= 1e-6, "seed {seed}: {:e}", relative_error(&flat.x, &truth));
        norm_errors.push(relative_error(&norm.x, &truth));
    }
    // How far the norm-minimal point is off varies from draw to draw, from nothing to a third.
    let off = norm_errors.iter().filter(|e| **e > 0.1).count();
    assert!(off >= 7, "{off} of {DRAWS} draws: {norm_errors:.3?}");
}

#[test]
fn with_few_measurements_the_truth_is_slightly_less_flat_than_the_flattest_point() {
    let (mut excess, mut errors) = (Vec::new(), Vec::new());
    for seed in 0..DRAWS {
        let (truth, a) = draw(seed, 120);
        let flat = flattest(Measurements::Dense(a.view()), &truth, false);
        assert_certified(&flat, "flattest");
        let (s1, s2) = moments(&Measurements::Dense(a.view()), D, D);
        let rows = Weight::square_root(s1.view(), Axis::Row).expect("full rank");
        let cols = Weight::square_root(s2.view(), Axis::Column).expect("full rank");
        let at_truth = weighted_nuclear_norm(truth.view(), &rows, &cols).expect("sizes agree");
        excess.push(1.0 - flat.value / at_truth);
        errors.push(relative_error(&flat.x, &truth));
    }
    assert!(excess.iter().all(|e| *e > 1e-5), "{excess:.4?}");
    let (excess, error) = (median(excess), median(errors));
    assert!((0.01..=0.03).contains(&excess), "median excess of the truth {excess}");
    assert!((0.3..=0.9).contains(&error), "median error of the flattest point {error}");
}
