use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

use super::draws::*;
use crate::reference::Measurements;

const D: usize = 16;
const DRAWS: u64 = 10;

/// Number of draws on which the certified flattest point is the truth.
fn successes(seed: u64, mut draw: impl FnMut(&mut ChaCha8Rng) -> f64) -> usize {
    (0..DRAWS).filter(|i| draw(&mut generator(seed * 1000 + i)) <= 1e-6).count()
}

/// Two binomial samples of ten agree within 2.5 standard errors of their pooled rate. The other sample was drawn and
/// solved by other programs (cvxpy).
fn assert_same_rate(what: &str, found: usize, known: f64) {
    let found = found as f64 / DRAWS as f64;
    let pooled = 0.5 * (found + known);
    let allowed = 2.5 * (2.0 * pooled * (1.0 - pooled) / DRAWS as f64).sqrt();
    assert!((found - known).abs() <= allowed + 1e-12, "{what}: rate {found}, known {known} ± {allowed:.2}");
}

fn certified_error(a: Measurements<'_>, truth: &Array2<f64>, symmetric: bool) -> f64 {
    let solution = flattest(a, truth, symmetric);
    assert_certified(&solution, "phase transition");
    relative_error(&solution.x, truth)
}

#[test]
fn matrix_sensing_succeeds_where_it_is_known_to() {
    for (m, known) in [(90, 0.0), (110, 0.9), (130, 1.0)] {
        let found = successes(1, |rng| {
            let truth = low_rank(rng, D, D, 2);
            let a = normal(rng, m, D * D);
            certified_error(Measurements::Dense(a.view()), &truth, false)
        });
        assert_same_rate(&format!("matrix-sensing m = {m}"), found, known);
    }
}

#[test]
fn bilinear_sensing_succeeds_where_it_is_known_to() {
    for (m, known) in [(90, 0.0), (120, 0.8), (150, 1.0)] {
        let found = successes(2, |rng| {
            let truth = low_rank(rng, D, D, 2);
            let (left, right) = (normal(rng, m, D), normal(rng, m, D));
            certified_error(Measurements::RankOne { left: left.view(), right: right.view() }, &truth, false)
        });
        assert_same_rate(&format!("bilinear-sensing m = {m}"), found, known);
    }
}

#[test]
fn matrix_completion_succeeds_where_it_is_known_to() {
    for (p, known) in [(0.5, 0.2), (0.6, 0.4), (0.7, 0.9)] {
        let found = successes(3, |rng| {
            let truth = low_rank(rng, D, D, 2);
            let entries = sampled_entries(rng, D, p);
            certified_error(Measurements::Entries(&entries), &truth, false)
        });
        assert_same_rate(&format!("matrix-completion p = {p}"), found, known);
    }
}

#[test]
fn quadratic_network_succeeds_where_it_is_known_to() {
    for (m, known) in [(65, 0.0), (80, 0.5), (95, 0.9), (110, 1.0)] {
        let found = successes(4, |rng| {
            let truth = signed(rng, D, 2, 1);
            let x = normal(rng, m, D);
            certified_error(Measurements::RankOne { left: x.view(), right: x.view() }, &truth, true)
        });
        assert_same_rate(&format!("quadratic-network m = {m}"), found, known);
    }
}
