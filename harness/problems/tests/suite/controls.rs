//! Negative controls: where every zero-loss point is equally flat.

use crate::support::{case, drawn, zero_loss_point};
use flatbench_problems::reference::{Settings, flattest};
use flatbench_problems::{FlattestProgram, checks, small_cases};
use flatbench_records::{Case, FactorizationKind, Init};
use ndarray::Array2;

/// Ten zero-loss points of one instance: their traces agree, their matrices do not.
fn traces_agree(case: &Case) {
    let problem = drawn(case, 1);
    let mut evaluator = problem.evaluator();
    let mut matrices: Vec<Array2<f64>> = Vec::new();
    let mut traces = Vec::new();
    for seed in 0..10 {
        let start = problem.initial_point(Init::Large, seed);
        let w = zero_loss_point(&*problem, &start, 1e-26).expect("zero loss is reached");
        traces.push(evaluator.hessian_trace(&w));
        matrices.push(problem.end_to_end(&w));
    }
    assert!(checks::relative_spread(&traces) <= 1e-9, "{traces:?}");
    let mut furthest = 0.0_f64;
    for (i, x) in matrices.iter().enumerate() {
        for y in &matrices[..i] {
            let difference = (x - y).iter().map(|d| d * d).sum::<f64>().sqrt();
            assert!(difference > 0.01, "zero-loss points {i} and another differ by {difference} only");
            furthest = furthest.max(difference);
        }
        let floor = problem.flatness_floor(x.view());
        assert!((floor - traces[0]).abs() <= 1e-9 * floor, "floor {floor} of a zero-loss matrix");
    }
    assert!(furthest > 0.1, "zero-loss matrices of norm about one are at most {furthest} apart");
    match problem.flattest_program() {
        Ok(FlattestProgram::Constant { value }) => assert!((value - traces[0]).abs() <= 1e-9 * value),
        other => panic!("expected a constant, found {other:?}"),
    }
}

#[test]
fn covariance_estimation_has_one_trace() {
    traces_agree(&case("covariance-estimation", &[("dimension", "20"), ("rank", "2"), ("measurements", "40")]));
}

#[test]
fn phase_retrieval_has_one_trace() {
    traces_agree(&case("phase-retrieval", &[("dimension", "20"), ("measurements", "40")]));
}

/// With Gaussian matrices the floor is tr H of every factorization, since ‖A_i U‖² depends on U Uᵀ alone, but it is no constant: the
/// measurements do not add up to it.
#[test]
fn covariance_estimation_from_gaussian_matrices_is_no_control() {
    let sizes = [("dimension", "12"), ("rank", "1"), ("measurements", "30"), ("measurement", "gaussian")];
    let problem = drawn(&case("covariance-estimation", &sizes), 1);
    let least = flattest(&*problem, &Settings::default()).expect("the truth fits").hessian_trace;
    let mut evaluator = problem.evaluator();
    let mut traces = Vec::new();
    for seed in 0..10 {
        let start = problem.initial_point(Init::Large, seed);
        let Some(w) = zero_loss_point(&*problem, &start, 1e-26) else { continue };
        let (trace, floor) = (evaluator.hessian_trace(&w), problem.flatness_floor(problem.end_to_end(&w).view()));
        assert!((trace - floor).abs() <= 1e-9 * floor, "{trace} and its floor {floor}");
        assert!(trace >= least * (1.0 - 1e-8), "{trace} below {least}");
        // (8/m) tr(S X), S the sum of the squares of the measurements written down.
        let (x, m) = (problem.end_to_end(&w), problem.dimensions().measurements as f64);
        let squares = problem.operator().to_array().outer_iter().fold(Array2::<f64>::zeros((12, 12)), |sum, a| {
            let a = a.to_shape((12, 12)).expect("12 × 12").to_owned();
            assert_eq!(a, a.t().to_owned(), "symmetric to the last bit");
            sum + a.dot(&a)
        });
        let expected = 8.0 / m * squares.dot(&x).diag().sum();
        assert!((trace / expected - 1.0).abs() <= 1e-9, "{trace} for {expected}");
        traces.push(trace);
    }
    assert!(traces.len() >= 5, "{traces:?}");
    assert!(checks::relative_spread(&traces) > 1e-2, "{traces:?}");
}

/// The same experiment where flatness does differ: the test above can fail.
#[test]
fn matrix_sensing_has_many_traces() {
    let problem =
        drawn(&case("matrix-sensing", &[("rows", "8"), ("cols", "8"), ("rank", "1"), ("measurements", "30")]), 1);
    let mut evaluator = problem.evaluator();
    let truth = problem.truth().expect("synthetic").to_owned();
    let flattest_truth = problem.flattest_factorization(truth.view()).expect("wide factors");
    let lowest = evaluator.hessian_trace(&flattest_truth);
    let traces: Vec<f64> = (0..10)
        .map(|seed| {
            let start = problem.initial_point(Init::Large, seed);
            let w = zero_loss_point(&*problem, &start, 1e-26).expect("reached");
            evaluator.hessian_trace(&w)
        })
        .collect();
    assert!(checks::relative_spread(&traces) > 1e-2, "{traces:?}");
    assert!(traces.iter().all(|&trace| trace > lowest), "{traces:?} against {lowest}");
}

/// `floor` is attained by the factorization that claims to, and no other factorization of the same X is below it.
#[test]
fn floors_are_attained_and_are_floors() {
    for case in small_cases() {
        for seed in 0..5 {
            let problem = drawn(&case, seed);
            if problem.least_absolute().is_some() {
                continue;
            }
            let truth = problem.truth().expect("synthetic").to_owned();
            let Some(w) = problem.flattest_factorization(truth.view()) else {
                // The factors are wide enough for the truth, so some row or column is not observed.
                assert!(problem.flattest_program().is_err(), "{}", case.family);
                continue;
            };
            let x = problem.end_to_end(&w);
            let error = (&x - &truth).iter().map(|d| d * d).sum::<f64>().sqrt();
            assert!(error <= 1e-9, "{}: end-to-end matrix off by {error}", case.family);
            let trace = problem.evaluator().hessian_trace(&w);
            let floor = problem.flatness_floor(truth.view());
            assert!((trace - floor).abs() <= 1e-7 * floor, "{}: {trace} against {floor}", case.family);
            let random = problem.initial_point(Init::Large, seed);
            // Off zero loss the signed families carry a residual term, which the floor does not.
            if !matches!(problem.factorization(), FactorizationKind::Gram { .. }) {
                let x = problem.end_to_end(&random);
                let floor = problem.flatness_floor(x.view());
                let trace = problem.evaluator().hessian_trace(&random);
                assert!(trace >= floor * (1.0 - 1e-9), "{}: {trace} below {floor}", case.family);
            }
        }
    }
}
