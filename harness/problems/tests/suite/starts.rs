//! The spectral start against an estimate written a second time, plainly, and against the truth.

use flatbench_problems::{Problem, catalog, small_cases, spectral};
use flatbench_records::{Case, FactorizationKind, Init};
use ndarray::Array2;

use crate::support::{case, drawn};

/// What the measurements say of X at first sight, by loops over whole measurements.
fn estimate(problem: &dyn Problem) -> Array2<f64> {
    let (rows, cols, m) = (problem.operator().rows(), problem.operator().cols(), problem.targets().len());
    let (mut sum, mut squares) = (Array2::<f64>::zeros((rows, cols)), 0.0);
    let mut a = vec![0.0; rows * cols];
    for (i, b) in problem.targets().iter().enumerate() {
        problem.operator().measurement(i, &mut a);
        for (entry, x) in sum.iter_mut().zip(&a) {
            *entry += b * x;
            squares += x * x;
        }
    }
    match problem.factorization() {
        FactorizationKind::Gram { .. } => {
            let mean = problem.targets().iter().sum::<f64>() / m as f64;
            0.5 * (sum / m as f64 - mean * Array2::<f64>::eye(rows))
        }
        _ => sum * ((rows * cols) as f64 / squares),
    }
}

fn norm(x: &Array2<f64>) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Families with a spectral start.
fn cases() -> impl Iterator<Item = Case> {
    let families = catalog();
    let has_one = move |case: &Case| {
        families.iter().any(|family| family.name == case.family && family.no_spectral_start().is_none())
    };
    small_cases().into_iter().filter(has_one)
}

#[test]
fn the_spectral_start_is_the_best_approximation_that_the_factors_have_room_for() {
    for case in cases() {
        let problem = drawn(&case, 3);
        let w = problem.initial_point(Init::Spectral, 1);
        assert_eq!(w.len(), problem.dimensions().parameters);
        assert_eq!(w, problem.initial_point(Init::Spectral, 2), "it does not depend on the draw");
        let (x, expected) = (problem.end_to_end(&w), estimate(&*problem));
        let place = format!("{} {:?}", case.family, case.parameters);
        // Eckart and Young: nothing is nearer than the sum of what is left out.
        let best = match problem.factorization() {
            FactorizationKind::Gram { signs } => {
                // Eigenvalues that no factor of their sign has room for.
                let split: Vec<f64> = signs
                    .iter()
                    .zip(problem.blocks())
                    .map(|(&sign, block)| {
                        let part = &expected * f64::from(sign);
                        let absolute = spectral::singular_values(&expected);
                        let shifted = &part + absolute[0] * Array2::<f64>::eye(part.nrows());
                        // Singular values of a positive semidefinite matrix are its eigenvalues.
                        let eigen = spectral::singular_values(&shifted).into_iter().map(|s| s - absolute[0]);
                        eigen.filter(|value| *value > 0.0).skip(block.cols).map(|value| value * value).sum::<f64>()
                    })
                    .collect();
                let negative: f64 = if signs.contains(&-1) {
                    0.0
                } else {
                    let absolute = spectral::singular_values(&expected)[0];
                    let shifted = absolute * Array2::<f64>::eye(expected.nrows()) - &expected;
                    let eigen = spectral::singular_values(&shifted).into_iter().map(|s| s - absolute);
                    eigen.filter(|value| *value > 0.0).map(|value| value * value).sum()
                };
                (split.iter().sum::<f64>() + negative).sqrt()
            }
            _ => {
                let values = spectral::singular_values(&expected);
                values.iter().skip(problem.dimensions().factor_rank).map(|s| s * s).sum::<f64>().sqrt()
            }
        };
        let apart = norm(&(&x - &expected));
        assert!((apart - best).abs() <= 1e-9 * (1.0 + norm(&expected)), "{place}: {apart} from it, {best} at best");
        assert!(problem.balancedness(&w) <= 1e-9 * (1.0 + norm(&expected)), "{place}");
    }
}

#[test]
fn the_spectral_start_is_near_the_truth_where_there_are_many_measurements() {
    let square = [("rows", "5"), ("cols", "5"), ("rank", "1")];
    let symmetric = [("dimension", "5")];
    let of = |family: &str, sizes: &[(&str, &str)], more: &[(&str, &str)]| case(family, &[sizes, more].concat());
    let many = ("measurements", "40000");
    for (case, most) in [
        (of("matrix-sensing", &square, &[many]), 0.1),
        (of("bilinear-sensing", &square, &[many]), 0.2),
        (of("deep-matrix-factorization", &square, &[many, ("depth", "3")]), 0.1),
        (of("matrix-completion", &square, &[("sampling_rate", "1.0")]), 1e-9),
        (of("covariance-estimation", &symmetric, &[("rank", "2"), many]), 0.2),
        (of("phase-retrieval", &symmetric, &[many]), 0.2),
        (of("quadratic-network", &symmetric, &[("rank_positive", "2"), ("rank_negative", "1"), many]), 0.2),
    ] {
        let problem = drawn(&case, 1);
        let truth = problem.truth().expect("synthetic").to_owned();
        let x = problem.end_to_end(&problem.initial_point(Init::Spectral, 1));
        let error = norm(&(&x - &truth)) / norm(&truth);
        assert!(error <= most, "{}: {error}", case.family);
    }
}
