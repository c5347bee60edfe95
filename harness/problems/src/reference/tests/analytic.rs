//! Cases whose answer is known without a solver.

use ndarray::{Array2, array};

use super::draws::*;
use crate::reference::{
    Measurements, Settings, Weight, WeightedNuclear, WeightedPower, weighted_nuclear, weighted_power,
};

/// ‖M‖_op by power iteration on MᵀM, independent of the library used by the solvers.
fn operator_norm(m: &Array2<f64>) -> f64 {
    let mut v = Array2::from_elem((m.ncols(), 1), 1.0);
    for _ in 0..20_000 {
        v = m.t().dot(&m.dot(&v));
        let size = frobenius(v.view());
        v /= size;
    }
    frobenius(m.dot(&v).view())
}

#[test]
fn one_measurement_gives_the_dual_norm() {
    // min ‖X‖_* subject to ⟨A, X⟩ = b has the value |b| / ‖A‖_op.
    for seed in 0..5 {
        let a = normal(&mut generator(seed), 3, 4);
        let flat = Array2::from_shape_vec((1, 12), a.iter().copied().collect()).expect("twelve entries");
        let problem = WeightedNuclear {
            measurements: Measurements::Dense(flat.view()),
            targets: &[-2.5],
            rows: Weight::identity(3),
            cols: Weight::identity(4),
            symmetric: false,
        };
        let solution = weighted_nuclear(&problem, &Settings::default()).expect("feasible");
        assert_certified(&solution, "one measurement");
        let expected = 2.5 / operator_norm(&a);
        assert!((solution.value / expected - 1.0).abs() < 1e-8, "{} against {expected}", solution.value);
    }
}

#[test]
fn all_entries_leave_one_matrix() {
    let rng = &mut generator(7);
    for (rows, cols, m) in [(3, 5, 15), (5, 3, 15), (4, 4, 16), (4, 4, 25)] {
        let truth = normal(rng, rows, cols);
        let a = normal(rng, m, rows * cols);
        let solution = norm_minimal(Measurements::Dense(a.view()), &truth);
        assert_certified(&solution, "square system");
        assert!(relative_error(&solution.x, &truth) < 1e-9, "{rows} × {cols}, m = {m}");
    }
}

#[test]
fn a_prescribed_diagonal_is_best_completed_by_zeros() {
    // Pinching: the diagonal part of X has no larger nuclear norm, which is Σ|x_ii|.
    let targets = [1.0, -2.0, 0.5, 3.0];
    let entries: Vec<_> = (0..4).map(|i| (i, i)).collect();
    let problem = WeightedNuclear {
        measurements: Measurements::Entries(&entries),
        targets: &targets,
        rows: Weight::identity(4),
        cols: Weight::identity(4),
        symmetric: false,
    };
    let solution = weighted_nuclear(&problem, &Settings::default()).expect("feasible");
    assert_certified(&solution, "diagonal");
    assert!((solution.value - 6.5).abs() < 1e-7, "{}", solution.value);
}

#[test]
fn a_missing_corner_is_found_by_search() {
    // 2 × 2 with three entries known: compare with a search over the fourth, where ‖X‖_*² = ‖X‖_F² + 2|det X|.
    let problem = WeightedNuclear {
        measurements: Measurements::Entries(&[(0, 0), (0, 1), (1, 0)]),
        targets: &[1.0, 2.0, -0.5],
        rows: Weight::identity(2),
        cols: Weight::identity(2),
        symmetric: false,
    };
    let solution = weighted_nuclear(&problem, &Settings::default()).expect("feasible");
    assert_certified(&solution, "corner");
    let norm = |x: f64| (1.0_f64 + 4.0 + 0.25 + x * x + 2.0 * (x + 1.0).abs()).sqrt();
    let searched = (-300_000..300_000).map(|i| norm(f64::from(i) * 1e-5)).fold(f64::INFINITY, f64::min);
    assert!((solution.value - searched).abs() < 1e-7, "{} against {searched}", solution.value);
}

#[test]
fn the_forms_of_measurements_agree() {
    let rng = &mut generator(11);
    let truth = low_rank(rng, 6, 5, 1);
    let (left, right) = (normal(rng, 17, 6), normal(rng, 17, 5));
    let dense = Array2::from_shape_fn((17, 30), |(i, e)| left[[i, e / 5]] * right[[i, e % 5]]);
    let entries = sampled_entries(rng, 5, 0.6);
    let mask = Array2::from_shape_fn((entries.len(), 25), |(i, e)| f64::from((e / 5, e % 5) == entries[i]));
    let square = low_rank(rng, 5, 5, 1);
    let pairs = [
        (
            flattest(Measurements::Dense(dense.view()), &truth, false),
            flattest(Measurements::RankOne { left: left.view(), right: right.view() }, &truth, false),
        ),
        (
            norm_minimal(Measurements::Dense(mask.view()), &square),
            norm_minimal(Measurements::Entries(&entries), &square),
        ),
    ];
    for (a, b) in &pairs {
        assert_certified(a, "first form");
        assert_certified(b, "second form");
        assert!((a.value / b.value - 1.0).abs() < 1e-8, "{} and {}", a.value, b.value);
    }
}

#[test]
fn equal_rows_weighted_by_a_diagonal_pick_the_cheap_coordinate() {
    // min Σ c|x| subject to x_1 + 2 x_2 = 3: all weight on the coordinate with the smaller c / |a|.
    let problem =
        WeightedPower { measurements: array![[1.0, 2.0]].view(), targets: &[3.0], weights: &[1.0, 5.0], exponent: 1.0 }
            .solved();
    assert!((problem.value - 3.0).abs() < 1e-10);
    assert!((problem.x[[0, 0]] - 3.0).abs() < 1e-9 && problem.x[[1, 0]].abs() < 1e-9, "{}", problem.x);
}

#[test]
fn one_equation_has_the_hoelder_value() {
    // min Σ c|x|^p subject to aᵀx = b: |b|^p / (Σ (|a|^p / c)^{1/(p−1)})^{p−1}.
    let (a, c, b) = ([1.0_f64, -2.0, 0.3], [0.7_f64, 2.0, 1.1], 1.7_f64);
    for p in [4.0_f64 / 3.0, 1.5, 1.6, 2.0] {
        let solution =
            WeightedPower { measurements: array![[a[0], a[1], a[2]]].view(), targets: &[b], weights: &c, exponent: p }
                .solved();
        let sum: f64 = a.iter().zip(&c).map(|(a, c)| (a.abs().powf(p) / c).powf(1.0 / (p - 1.0))).sum();
        let expected = b.powf(p) / sum.powf(p - 1.0);
        assert!((solution.value / expected - 1.0).abs() < 1e-10, "p = {p}: {} against {expected}", solution.value);
    }
}

trait Solved {
    fn solved(&self) -> crate::reference::Solution;
}

impl Solved for WeightedPower<'_, '_> {
    fn solved(&self) -> crate::reference::Solution {
        let solution = weighted_power(self, &Settings::default()).expect("feasible");
        assert_certified(&solution, "weighted power");
        solution
    }
}
