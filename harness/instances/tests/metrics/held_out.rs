//! Test and validation loss: fresh measurements, judged by their mean over many, and unobserved entries, one by one.

use flatbench_instances::Gauge;
use flatbench_problems::{Data, Problem, Structure, draw, small_cases};
use flatbench_records::{FactorizationKind, Init, References};
use ndarray::Array2;

use crate::support::{case, drawn};

/// What is checked here.
pub const CHECKED: [&str; 3] = ["validation_loss", "test_loss", "test_rmse"];

/// With so many measurements the mean squared residual is its expectation to a few percent.
const MANY: (&str, &str) = ("measurements", "40000");

#[test]
fn fresh_measurements_see_the_expected_loss() {
    let matrix = [("rows", "4"), ("cols", "3"), ("rank", "1"), MANY];
    let cases = [
        case("matrix-sensing", &matrix),
        case("bilinear-sensing", &matrix),
        case("deep-matrix-factorization", &[&matrix[..], &[("depth", "3")]].concat()),
        case("deep-sparse-recovery", &[("dimension", "6"), ("sparsity", "2"), ("depth", "2"), MANY]),
        case("covariance-estimation", &[("dimension", "4"), ("rank", "2"), MANY]),
        case("phase-retrieval", &[("dimension", "4"), MANY]),
        case("quadratic-network", &[("dimension", "4"), ("rank_positive", "1"), ("rank_negative", "1"), MANY]),
    ];
    for case in cases {
        let problem = drawn(&case, 3);
        let w = problem.initial_point(Init::Large, 3);
        let metrics = Gauge::new(&*problem, &References::default()).metrics(&w);
        let difference = problem.end_to_end(&w) - problem.truth().expect("drawn");
        let square: f64 = difference.iter().map(|d| d * d).sum();
        // E⟨A, D⟩² is ‖D‖² for independent entries of variance one, and 2‖D‖² + (tr D)² for A = x xᵀ.
        let expected = match problem.factorization() {
            FactorizationKind::Gram { .. } => 2.0 * square + difference.diag().sum().powi(2),
            _ => square,
        };
        let (test, validation) = (metrics.test_loss.expect("held out"), metrics.validation_loss.expect("held out"));
        for (name, loss) in [("test", test), ("validation", validation)] {
            assert!((loss / expected - 1.0).abs() < 0.15, "{} {name}: {loss} against {expected}", case.family);
        }
        let train = metrics.train_loss.expect("always");
        assert!(test != validation && test != train && validation != train, "{}: three sets", case.family);
    }
}

/// Entries on which a held-out loss depends, found by moving the truth one entry at a time, and their common weight.
fn entries(problem: &dyn Problem, loss: &dyn Fn(&Array2<f64>) -> f64) -> (Vec<(usize, usize)>, f64) {
    let truth = problem.truth().expect("drawn").to_owned();
    let mut found = Vec::new();
    let mut weight = 0.0;
    for index in 0..truth.len() {
        let at = (index / truth.ncols(), index % truth.ncols());
        let mut moved = truth.clone();
        moved[at] += 1.0;
        let rise = loss(&moved);
        if rise > 1e-12 {
            assert!(found.is_empty() || (rise / weight - 1.0).abs() < 1e-9, "all entries weigh the same");
            weight = rise;
            found.push(at);
        }
    }
    (found, weight)
}

#[test]
fn completion_is_tested_on_entries_that_nothing_else_uses() {
    let mut judged = 0;
    for case in small_cases() {
        for seed in 0..10 {
            let problem = drawn(&case, seed);
            let Structure::Entries { positions, amplitude } = problem.operator().structure() else { continue };
            let of = |x: &Array2<f64>| problem.test_loss(x.view()).expect("some entry is left");
            if problem.test_loss(problem.truth().expect("drawn")).is_none() {
                continue;
            }
            let (test, weight) = entries(&*problem, &of);
            assert!(test.iter().all(|entry| !positions.contains(entry)), "a training entry is tested");
            assert!((weight * test.len() as f64 - amplitude * amplitude).abs() < 1e-9, "a mean of squares");
            if problem.validation_loss(problem.truth().expect("drawn")).is_some() {
                let of = |x: &Array2<f64>| problem.validation_loss(x.view()).expect("held out");
                let validation = entries(&*problem, &of).0;
                assert!(validation.iter().all(|entry| !test.contains(entry) && !positions.contains(entry)));
            }
            let w = problem.initial_point(Init::Large, seed);
            let x = problem.end_to_end(&w) - problem.truth().expect("drawn");
            let expected = weight * test.iter().map(|&at| x[at] * x[at]).sum::<f64>();
            let found = Gauge::new(&*problem, &References::default()).metrics(&w).test_loss.expect("held out");
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} against {expected}");
            judged += 1;
        }
    }
    assert!(judged >= 10, "{judged} instances observe entries");
}

#[test]
fn entries_of_a_file_are_judged_in_its_units() {
    // Held out are the entries that nothing trains on; each of them is predicted by its shift and by X.
    let data = Data::matrix(Array2::from_shape_fn((9, 6), |(i, j)| 300.0 + 40.0 * (i as f64).sin() * (j as f64 + 1.0)));
    let Data { known: flatbench_problems::Known::Matrix(file), .. } = &data else { panic!("a matrix") };
    let sets = [("file", "x"), ("factor_rank", "2"), ("validation_fraction", "0.0"), ("test_fraction", "0.3")];
    for more in [&[][..], &[("center", "columns"), ("scale", "columns")]] {
        let problem = draw(&case("matrix-completion", &[&sets[..], more].concat()), 1, Some(&data)).expect("drawn");
        let Structure::Entries { positions, amplitude } = problem.operator().structure() else { panic!("entries") };
        let w = problem.initial_point(Init::Large, 1);
        let x = problem.end_to_end(&w);
        let made = problem.standardization().expect("a file was read");
        let errors: Vec<f64> = file
            .indexed_iter()
            .filter(|((i, j), _)| !positions.contains(&(*i, *j)))
            .map(|((i, j), entry)| made.shift(i, j) + made.factor(i, j) * amplitude * x[[i, j]] - entry)
            .collect();
        let expected = (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt();
        let found = Gauge::new(&*problem, &References::default()).metrics(&w).test_rmse.expect("held out");
        assert!((found / expected - 1.0).abs() < 1e-12, "{found} against {expected}");
    }
}
