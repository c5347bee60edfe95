//! Where the flattest minimum is not known, the reference is an interval, and says what its ends are.

use crate::support::{case, drawn, zero_loss_point};
use flatbench_problems::reference::{ReferenceError, Settings, flattest, norm_minimal};
use flatbench_problems::spectral;
use flatbench_problems::{Data, draw};
use flatbench_records::Init;

fn settings() -> Settings {
    Settings::default()
}

/// The solution of the program has rank four or so, and the factors make rank two.
#[test]
fn narrow_factors_leave_a_lower_bound() {
    let square = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("factor_rank", "2"), ("measurements", "46")];
    let network = [
        ("dimension", "10"),
        ("rank_positive", "1"),
        ("rank_negative", "1"),
        ("width_positive", "1"),
        ("width_negative", "1"),
        ("measurements", "22"),
    ];
    for (family, parameters) in [("matrix-sensing", &square[..]), ("quadratic-network", &network[..])] {
        let mut bounds = 0;
        for seed in 0..4 {
            let problem = drawn(&case(family, parameters), seed);
            let point = flattest(&*problem, &settings()).expect("the truth fits");
            let truth = problem.flatness_floor(problem.truth().expect("drawn"));
            let (lower, upper) = (point.lower.expect("a convex program"), point.upper.expect("the truth"));
            assert!(lower <= upper && upper <= truth * (1.0 + 1e-12), "{family}: {lower} {upper} {truth}");
            if point.attained {
                assert!(point.certified && (point.hessian_trace / upper - 1.0).abs() <= 1e-8, "{family}: {point:?}");
                continue;
            }
            bounds += 1;
            assert!(!point.certified && point.hessian_trace == lower && upper == truth);
            let x = point.x.expect("a program was solved");
            assert!(problem.flattest_factorization(x.view()).is_none() && spectral::numerical_rank(&x, 1e-10) > 2);
            // No run on the narrow factors is below it.
            for start in 0..4 {
                let start = problem.initial_point(Init::Large, start);
                let Some(w) = zero_loss_point(&*problem, &start, 1e-24) else { continue };
                let trace = problem.evaluator().hessian_trace(&w);
                assert!(trace >= lower * (1.0 - 1e-8), "{family}: {trace} below {lower}");
            }
        }
        assert!(bounds > 0, "{family}: every solution is attained");
    }
}

/// A truth of full rank is no zero-loss point of narrow factors: nothing is called attained or certified by it.
#[test]
fn narrow_factors_of_a_truth_with_a_tail_leave_a_bound_or_nothing() {
    let square = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("factor_rank", "2"), ("truth_tail", "0.1")];
    let with = |m| drawn(&case("matrix-sensing", &[&square[..], &[("measurements", m)]].concat()), 1);
    let problem = with("60");
    assert!(!problem.is_realisable());
    let error = flattest(&*problem, &settings()).expect_err("44 degrees of freedom");
    assert!(matches!(error, ReferenceError::Overdetermined { freedom: 44, measurements: 60 }), "{error}");
    assert!(error.to_string().contains("the tail of its truth"), "{error}");
    let few = flattest(&*with("40"), &settings()).expect("perhaps there is one");
    assert!(!few.attained && !few.certified && few.upper.is_none() && few.lower.is_some(), "{few:?}");
    // Wide factors make it: an interval with the truth at or above its upper end.
    let wide = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("truth_tail", "0.1"), ("measurements", "60")];
    let problem = drawn(&case("matrix-sensing", &wide), 1);
    assert!(problem.is_realisable());
    let point = flattest(&*problem, &settings()).expect("the truth fits");
    assert!(point.certified && point.hessian_trace < problem.flatness_floor(problem.truth().expect("drawn")));
}

#[test]
fn narrow_factors_and_noise_have_no_zero_loss_point() {
    let square = [("rows", "8"), ("cols", "8"), ("rank", "1"), ("noise", "0.1"), ("measurements", "30")];
    for (width, expected) in [("1", Some(15)), ("2", Some(28)), ("3", None), ("8", None)] {
        let parameters = [&square[..], &[("factor_rank", width)]].concat();
        for family in ["matrix-sensing", "bilinear-sensing", "deep-matrix-factorization"] {
            let parameters = match family {
                "deep-matrix-factorization" => [&parameters[..], &[("depth", "3")]].concat(),
                _ => parameters.clone(),
            };
            let problem = drawn(&case(family, &parameters), 1);
            for point in [flattest(&*problem, &settings()), norm_minimal(&*problem, &settings())] {
                match (point, expected) {
                    (Err(ReferenceError::Overdetermined { freedom, measurements: 30 }), Some(expected)) => {
                        assert_eq!(freedom, expected);
                    }
                    // Enough freedom, but the solution may need more rank still: then it is no known point.
                    (Ok(point), None) => assert!(point.attained || width == "3", "{family}, width {width}: {point:?}"),
                    (other, _) => panic!("{family}, width {width}: {other:?}"),
                }
            }
        }
    }
}

/// Where nobody set a noise, it cannot be removed.
#[test]
fn data_in_narrow_factors_have_no_zero_loss_point_and_advice_that_fits() {
    let entry = |k: usize| (k / 6, k % 6, ((k * k) % 7) as f64 + 1.0);
    let data = Data::entries(6, 6, (0..36).map(entry).collect());
    let problem = draw(&case("matrix-completion", &[("file", "x.csv"), ("factor_rank", "1")]), 1, Some(&data));
    let error = flattest(&*problem.expect("it has entries"), &settings()).expect_err("too narrow");
    assert!(matches!(error, ReferenceError::OverdeterminedData { freedom: 11, .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains("larger factor_rank") && !words.contains("noise"), "{words}");
}

#[test]
fn noise_leaves_no_gram_matrix_or_one_that_fits() {
    let (mut none, mut some) = (0, 0);
    for (measurements, noise) in [("12", "0.01"), ("50", "0.3")] {
        for seed in 0..3 {
            let sizes = [("dimension", "8"), ("rank", "2"), ("noise", noise), ("measurements", measurements)];
            let problem = drawn(&case("covariance-estimation", &sizes), seed);
            match (flattest(&*problem, &settings()), norm_minimal(&*problem, &settings())) {
                (Ok(flat), Ok(minimal)) => {
                    some += 1;
                    assert!(flat.attained && flat.certified && minimal.attained && minimal.certified);
                    assert!((flat.hessian_trace / minimal.hessian_trace - 1.0).abs() < 1e-6);
                }
                (Err(flat), Err(minimal)) => {
                    none += 1;
                    assert_eq!(flat, minimal);
                }
                other => panic!("one exists and the other does not: {other:?}"),
            }
        }
    }
    assert!(none > 0 && some > 0, "{none} without, {some} with");
}

#[test]
fn the_ends_of_a_deep_reference_enclose_all_zero_loss_points() {
    for (depth, rank, measurements) in [("3", "2", "40"), ("4", "1", "40"), ("3", "1", "55"), ("6", "1", "30")] {
        let sizes = [("rows", "8"), ("cols", "8"), ("rank", rank), ("measurements", measurements), ("depth", depth)];
        for seed in 0..2 {
            let problem = drawn(&case("deep-matrix-factorization", &sizes), seed);
            let point = flattest(&*problem, &settings()).expect("the truth fits");
            let (lower, upper) = (point.lower.expect("proven"), point.upper.expect("the truth fits"));
            assert!(0.0 < lower && lower < upper && point.hessian_trace == upper && point.attained && !point.certified);
            let minimal = norm_minimal(&*problem, &settings()).expect("the truth fits");
            let truth = problem.flatness_floor(problem.truth().expect("drawn"));
            assert!(upper <= truth.min(minimal.hessian_trace) * (1.0 + 1e-9), "{upper} {truth} {minimal:?}");
            assert!(lower > 0.15 * upper, "depth {depth}: {lower} of {upper}");
            for start in 0..4 {
                let start = problem.initial_point(Init::Large, start);
                let Some(w) = zero_loss_point(&*problem, &start, 1e-24) else { continue };
                let trace = problem.evaluator().hessian_trace(&w);
                assert!(trace >= upper * (1.0 - 1e-6), "depth {depth}: {trace} is flatter than the best known {upper}");
            }
        }
    }
}

/// Rank one and many measurements are where the bound loses nothing.
#[test]
fn the_lower_end_is_nearly_attained_in_its_best_case() {
    for depth in ["3", "4"] {
        let sizes = [("rows", "4"), ("cols", "4"), ("rank", "1"), ("measurements", "600"), ("depth", depth)];
        let problem = drawn(&case("deep-matrix-factorization", &sizes), 0);
        let point = flattest(&*problem, &settings()).expect("the truth fits");
        let (lower, upper) = (point.lower.expect("proven"), point.upper.expect("the truth fits"));
        assert!(lower <= upper && lower > 0.9 * upper, "depth {depth}: {lower} of {upper}");
    }
}
