use super::draws::*;
use crate::reference::{Axis, Measurements, Weight};

const D: usize = 20;

#[test]
fn the_flattest_point_is_the_truth_where_the_norm_minimal_one_is_not() {
    for seed in 0..4 {
        let rng = &mut generator(seed);
        let truth = low_rank(rng, D, D, 2);
        let a = anisotropic(rng, 180, D, 10.0);
        let flat = flattest(Measurements::Dense(a.view()), &truth, false);
        let norm = norm_minimal(Measurements::Dense(a.view()), &truth);
        assert_certified(&flat, "flattest");
        assert_certified(&norm, "norm-minimal");
        assert!(relative_error(&flat.x, &truth) <= 1e-6, "seed {seed}: {:e}", relative_error(&flat.x, &truth));
        assert!(relative_error(&norm.x, &truth) > 0.05, "seed {seed}: {}", relative_error(&norm.x, &truth));
    }
}

#[test]
fn with_few_measurements_the_truth_is_slightly_less_flat_than_the_flattest_point() {
    let mut losses = Vec::new();
    for seed in 0..6 {
        let rng = &mut generator(seed);
        let truth = low_rank(rng, D, D, 2);
        let a = anisotropic(rng, 120, D, 10.0);
        let flat = flattest(Measurements::Dense(a.view()), &truth, false);
        assert_certified(&flat, "flattest");
        let (s1, s2) = moments(&Measurements::Dense(a.view()), D, D);
        let rows = Weight::square_root(s1.view(), Axis::Row).expect("full rank");
        let cols = Weight::square_root(s2.view(), Axis::Column).expect("full rank");
        let at_truth = crate::reference::weighted_nuclear_norm(truth.view(), &rows, &cols).expect("sizes agree");
        losses.push((at_truth / flat.value - 1.0, relative_error(&flat.x, &truth)));
    }
    let mean = losses.iter().map(|l| l.0).sum::<f64>() / losses.len() as f64;
    assert!((0.01..=0.03).contains(&mean), "mean excess of the truth {mean}: {losses:?}");
    assert!(losses.iter().all(|l| l.0 > 1e-3 && l.1 > 0.1), "{losses:?}");
}
