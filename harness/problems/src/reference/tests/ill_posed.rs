use ndarray::{Array2, array};

use super::draws::*;
use crate::reference::{
    Axis, Measurements, ReferenceError, Settings, Weight, WeightedNuclear, WeightedPower, robust_pca, weighted_nuclear,
    weighted_power,
};

#[test]
fn an_unobserved_row_or_column_is_named() {
    let entries = [(0, 0), (0, 2), (2, 0), (2, 2), (3, 2)];
    let (s1, s2) = moments(&Measurements::Entries(&entries), 4, 3);
    assert_eq!(
        Weight::square_root(s1.view(), Axis::Row).expect_err("row 1 is empty"),
        ReferenceError::Unobserved { axis: Axis::Row, index: 1 }
    );
    let error = Weight::square_root(s2.view(), Axis::Column).expect_err("column 1 is empty");
    assert!(error.to_string().starts_with("column 1 is unobserved"), "{error}");
}

#[test]
fn a_singular_weight_states_its_rank() {
    // Two rank-one measurements see two directions of three rows.
    let left = array![[1.0, 1.0, 1.0], [1.0, -1.0, 0.5]];
    let (s1, _) = moments(&Measurements::RankOne { left: left.view(), right: left.view() }, 3, 3);
    assert_eq!(
        Weight::square_root(s1.view(), Axis::Row).expect_err("rank two"),
        ReferenceError::SingularWeight { axis: Axis::Row, rank: 2, dimension: 3 }
    );
}

#[test]
fn a_coordinate_without_weight_is_named() {
    let a = array![[1.0, 0.0]];
    let problem = WeightedPower { measurements: a.view(), targets: &[1.0], weights: &[1.0, 0.0], exponent: 1.5 };
    assert_eq!(
        weighted_power(&problem, &Settings::default()).expect_err("unobserved"),
        ReferenceError::Unobserved { axis: Axis::Coordinate, index: 1 }
    );
}

fn solve_dense(a: &Array2<f64>, targets: &[f64]) -> Result<crate::reference::Solution, ReferenceError> {
    let problem = WeightedNuclear {
        measurements: Measurements::Dense(a.view()),
        targets,
        rows: Weight::identity(2),
        cols: Weight::identity(2),
        symmetric: false,
    };
    weighted_nuclear(&problem, &Settings::default())
}

#[test]
fn dependent_measurements_are_dropped_or_contradict() {
    let a = array![[1.0, 0.0, 0.0, 2.0], [2.0, 0.0, 0.0, 4.0], [0.0, 1.0, 0.0, 0.0]];
    let twice = solve_dense(&a, &[1.0, 2.0, 0.5]).expect("consistent");
    let once = solve_dense(&a.select(ndarray::Axis(0), &[0, 2]), &[1.0, 0.5]).expect("independent");
    assert_certified(&twice, "dependent");
    assert!((twice.value - once.value).abs() < 1e-8);
    assert!(matches!(solve_dense(&a, &[1.0, 3.0, 0.5]), Err(ReferenceError::Inconsistent { .. })));
}

#[test]
fn zero_targets_have_the_zero_solution() {
    let a = normal(&mut generator(0), 2, 4);
    let solution = solve_dense(&a, &[0.0, 0.0]).expect("feasible");
    assert!(solution.certified && solution.value == 0.0 && solution.x.iter().all(|v| *v == 0.0));
}

#[test]
fn bad_arrays_are_refused() {
    let a = normal(&mut generator(0), 2, 4);
    assert!(matches!(solve_dense(&a, &[1.0]), Err(ReferenceError::Shape { expected: 2, found: 1, .. })));
    assert!(matches!(solve_dense(&a, &[1.0, f64::NAN]), Err(ReferenceError::NotFinite { .. })));
    assert!(matches!(solve_dense(&normal(&mut generator(0), 2, 5), &[1.0, 1.0]), Err(ReferenceError::Shape { .. })));
    assert!(matches!(
        robust_pca(a.view(), -1.0, &Settings::default()),
        Err(ReferenceError::Parameter { name: "radius", .. })
    ));
    let outside = WeightedNuclear {
        measurements: Measurements::Entries(&[(0, 0), (2, 1)]),
        targets: &[1.0, 1.0],
        rows: Weight::identity(2),
        cols: Weight::identity(2),
        symmetric: false,
    };
    assert_eq!(
        weighted_nuclear(&outside, &Settings::default()).expect_err("two rows"),
        ReferenceError::Entry { axis: Axis::Row, index: 2, size: 2 }
    );
    let a = array![[1.0]];
    let problem = WeightedPower { measurements: a.view(), targets: &[1.0], weights: &[1.0], exponent: 0.5 };
    assert!(matches!(weighted_power(&problem, &Settings::default()), Err(ReferenceError::Parameter { .. })));
}

#[test]
fn too_few_iterations_are_reported_as_not_certified() {
    let rng = &mut generator(9);
    let truth = low_rank(rng, 8, 8, 2);
    let a = normal(rng, 30, 64);
    let measurements = Measurements::Dense(a.view());
    let targets = measurements.apply(truth.view());
    let problem = WeightedNuclear {
        measurements,
        targets: &targets,
        rows: Weight::identity(8),
        cols: Weight::identity(8),
        symmetric: false,
    };
    let settings = Settings { max_iterations: 2, ..Settings::default() };
    let solution = weighted_nuclear(&problem, &settings).expect("feasible");
    assert!(!solution.certified && solution.relative_gap > 1e-8);
    assert!(solution.dual_value <= solution.value);
}
