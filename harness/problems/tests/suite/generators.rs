//! What is drawn has the properties it is documented to have.

use crate::support::{case, drawn};
use flatbench_problems::{Data, FlattestProgram, Problem, checks, draw, small_cases, spectral, starting_point};
use flatbench_records::{Case, Init};
use ndarray::Array2;
use proptest::prelude::*;

fn norm(x: &Array2<f64>) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn truth(problem: &dyn Problem) -> Array2<f64> {
    problem.truth().expect("synthetic").to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn truths_have_norm_one_and_the_rank_asked_for(
        seed in 0_u64..1_000_000, rows in 2_usize..9, cols in 2_usize..9, rank in 1_usize..3, m in 1_usize..20,
    ) {
        let sizes = [("rows", rows.to_string()), ("cols", cols.to_string()), ("rank", rank.to_string()),
            ("measurements", m.to_string())];
        let sizes: Vec<(&str, &str)> = sizes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        for family in ["matrix-sensing", "bilinear-sensing", "deep-matrix-factorization"] {
            let problem = drawn(&case(family, &sizes), seed);
            let x = truth(&*problem);
            prop_assert_eq!(x.dim(), (rows, cols));
            prop_assert!((norm(&x) - 1.0).abs() < 1e-12);
            prop_assert_eq!(spectral::numerical_rank(&x, 1e-10), rank);
            prop_assert!(checks::adjoint_identity(problem.operator(), seed) < 1e-13);
            // Without noise the targets are the measurements of the truth, and held-out losses vanish at it.
            let flat: Vec<f64> = x.iter().copied().collect();
            for (row, b) in problem.operator().to_array().outer_iter().zip(problem.targets()) {
                let product: f64 = row.iter().zip(&flat).map(|(a, x)| a * x).sum();
                prop_assert!((product - b).abs() < 1e-12);
            }
            prop_assert!(problem.test_loss(x.view()).expect("held out") < 1e-24);
            prop_assert!(problem.validation_loss(x.view()).expect("held out") < 1e-24);
            let blocks = problem.blocks();
            prop_assert!(blocks.windows(2).all(|b| b[0].offset + b[0].len() == b[1].offset));
            prop_assert_eq!(blocks.iter().map(|b| b.len()).sum::<usize>(), problem.dimensions().parameters);
        }
    }

    #[test]
    fn quadratic_truths_have_the_inertia_asked_for(
        seed in 0_u64..1_000_000, dimension in 4_usize..9, positive in 0_usize..3, negative in 0_usize..3,
    ) {
        prop_assume!(positive + negative > 0);
        let sizes = [("dimension", dimension.to_string()), ("rank_positive", positive.to_string()),
            ("rank_negative", negative.to_string()), ("measurements", "9".to_owned())];
        let sizes: Vec<(&str, &str)> = sizes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let problem = drawn(&case("quadratic-network", &sizes), seed);
        let x = truth(&*problem);
        prop_assert!((norm(&x) - 1.0).abs() < 1e-12);
        prop_assert_eq!(&x, &x.t().to_owned());
        // Inertia through the flattest factorization: its factors hold one column per eigenvalue of each sign.
        let w = problem.flattest_factorization(x.view()).expect("wide factors");
        let counts: Vec<usize> = problem.blocks().iter().map(|b| {
            let u = Array2::from_shape_vec((b.rows, b.cols), w[b.offset..b.offset + b.len()].to_vec()).expect("block");
            u.columns().into_iter().filter(|c| c.iter().any(|x| x.abs() > 1e-6)).count()
        }).collect();
        prop_assert_eq!(counts, vec![positive, negative]);
    }

    #[test]
    fn completion_observes_tests_and_validates_every_entry_once(seed in 0_u64..1_000_000, power_law in any::<bool>()) {
        let sampling = if power_law { "power-law" } else { "uniform" };
        let case = case("matrix-completion", &[("rows", "40"), ("cols", "50"), ("rank", "2"), ("sampling_rate", "0.3"),
            ("sampling", sampling), ("exponent", "1.0")]);
        let problem = drawn(&case, seed);
        let m = problem.dimensions().measurements;
        // Five standard deviations of a sum of 2000 independent choices.
        prop_assert!((m as f64 - 600.0).abs() < 5.0 * (2000.0_f64 * 0.3 * 0.7).sqrt(), "{} observed", m);
        let array = problem.operator().to_array();
        let mut observed = Array2::<f64>::zeros((40, 50));
        for row in array.outer_iter() {
            for (target, a) in observed.iter_mut().zip(row) {
                *target += a / 2000.0_f64.sqrt();
            }
        }
        prop_assert!(observed.iter().all(|&count| count == 0.0 || (count - 1.0_f64).abs() < 1e-12));
        // X* + c on one entry changes exactly one of the three losses.
        let x = truth(&*problem);
        for (i, j) in [(0, 0), (7, 30), (39, 49)] {
            let mut moved = x.clone();
            moved[[i, j]] += 1.0;
            let seen = [observed[[i, j]] > 0.5, problem.test_loss(moved.view()) > Some(0.0),
                problem.validation_loss(moved.view()) > Some(0.0)];
            prop_assert_eq!(seen.iter().filter(|&&s| s).count(), 1);
        }
        let per_row: Vec<f64> = observed.outer_iter().map(|row| row.sum()).collect();
        if power_law {
            prop_assert!(checks::relative_spread(&per_row) > 1.0, "power law spreads the rows: {:?}", per_row);
        }
        match problem.flattest_program() {
            Err(error) => prop_assert!(error.to_string().contains("no observed entry")),
            Ok(_) => prop_assert!(per_row.iter().all(|&count| count > 0.0)),
        }
    }
}

#[test]
fn left_and_right_factors_are_independent() {
    let square = [("rows", "30"), ("cols", "30"), ("rank", "2"), ("measurements", "4")];
    let overlap: f64 = (0..20)
        .map(|seed| checks::side_overlap(truth(&*drawn(&case("matrix-sensing", &square), seed)).view(), 2))
        .sum::<f64>()
        / 20.0;
    // Expected 2/30; twenty draws of it have a standard deviation of about 0.01.
    assert!((overlap - 2.0 / 30.0).abs() < 0.05, "{overlap}");
}

#[test]
fn anisotropic_measurements_have_the_condition_asked_for() {
    let sizes = [("rows", "6"), ("cols", "5"), ("rank", "1"), ("measurements", "20000"), ("condition_number", "100.0")];
    let array = drawn(&case("matrix-sensing", &sizes), 3).operator().to_array();
    let variance = |column: usize| array.column(column).iter().map(|a| a * a).sum::<f64>() / 20000.0;
    // Entry (i, j) has variance c_i·c_j, from 1 at (0, 0) to 1/κ² at the far corner.
    assert!((variance(0) - 1.0).abs() < 0.05);
    assert!((variance(4) * 100.0 - 1.0).abs() < 0.05);
    assert!((variance(29) * 1e4 - 1.0).abs() < 0.05);
    assert!((variance(5) / variance(10) - 100.0_f64.powf(0.2)).abs() < 0.2);
}

#[test]
fn outliers_are_as_many_and_as_large_as_asked_for() {
    let sizes =
        [("rows", "20"), ("cols", "20"), ("rank", "2"), ("outlier_fraction", "0.05"), ("outlier_scale", "10.0")];
    let problem = drawn(&case("robust-pca", &sizes), 0);
    let Ok(FlattestProgram::NuclearL1Ball { observed, radius, .. }) = problem.flattest_program() else {
        panic!("robust PCA has the ball program")
    };
    let sparse = &observed - &truth(&*problem);
    assert_eq!(sparse.iter().filter(|x| x.abs() > 1e-15).count(), 20);
    assert!((sparse.iter().map(|x| x.abs()).sum::<f64>() - radius).abs() < 1e-12);
    let deviation = (sparse.iter().map(|x| x * x).sum::<f64>() / 20.0).sqrt();
    assert!((0.3..0.8).contains(&deviation), "about 10/20 = 0.5, found {deviation}");
}

#[test]
fn starting_points_have_the_scale_documented() {
    for case in small_cases() {
        let problem = drawn(&case, 0);
        let (mut sum, count) = (0.0, 3000);
        for seed in 0..count {
            let w = problem.initial_point(Init::Large, seed);
            sum += norm(&problem.end_to_end(&w)).powi(2);
        }
        let mean = sum / count as f64;
        // Heavy tails at depth four: a wide band, but a wrong power of any size falls outside.
        assert!((6.0..13.0).contains(&mean), "{} {:?}: E‖X‖² ≈ {mean}", case.family, case.parameters);
        let (large, small) = (problem.initial_point(Init::Large, 5), problem.initial_point(Init::Small, 5));
        assert!(large.iter().zip(&small).all(|(l, s)| (s - 0.01 * l).abs() <= 1e-15));
        assert_ne!(large, problem.initial_point(Init::Large, 6));
        let scaled = Case { init: Init::Scaled, init_scale: Some(1e-3), ..case.clone() };
        let times: Vec<f64> = large.iter().map(|x| x * 1e-3).collect();
        assert_eq!(starting_point(&*problem, &scaled, 5), times, "the large draw, entry by entry");
        assert_eq!(starting_point(&*problem, &case, 5), large);
    }
}

#[test]
fn noise_has_the_level_asked_for() {
    let sizes = [("rows", "5"), ("cols", "5"), ("rank", "1"), ("measurements", "4000")];
    let clean = drawn(&case("matrix-sensing", &sizes), 2);
    let noisy = drawn(&case("matrix-sensing", &[&sizes[..], &[("noise", "0.1")]].concat()), 2);
    let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    let difference: Vec<f64> = clean.targets().iter().zip(noisy.targets()).map(|(a, b)| a - b).collect();
    let ratio = (square(&difference) / square(clean.targets())).sqrt();
    assert!((ratio - 0.1).abs() < 0.01, "{ratio}");
}

#[test]
fn files_become_problems() {
    // 6 × 4 with a hole, and the same as a list of entries.
    let mut matrix = Array2::from_shape_fn((6, 4), |(i, j)| (i + 1) as f64 * (j as f64 - 1.5));
    matrix[[2, 1]] = f64::NAN;
    let entries = matrix.indexed_iter().filter(|(_, x)| !x.is_nan()).map(|((i, j), &x)| (i, j, x)).collect::<Vec<_>>();
    let case = case("matrix-completion", &[("file", "ratings.csv")]);
    let dense = draw(&case, 4, Some(&Data::matrix(matrix))).expect("a matrix with a hole");
    let listed = draw(&case, 4, Some(&Data::entries(6, 4, entries))).expect("entries");
    assert_eq!(checks::instance_hash(&*dense, 0), checks::instance_hash(&*listed, 0));
    assert!(dense.truth().is_none());
    let dimensions = dense.dimensions();
    assert_eq!((dimensions.rows, dimensions.cols, dimensions.factor_rank, dimensions.rank), (6, 4, 4, None));
    // 23 known entries: 2 for validation, 2 for the test.
    assert_eq!(dimensions.measurements, 19);
    assert!(dense.test_loss(Array2::zeros((6, 4)).view()).expect("held out") > 0.0);
    assert!(matches!(draw(&case, 4, None), Err(flatbench_problems::DrawError::MissingData { .. })));
}

#[test]
fn an_unobserved_row_is_named() {
    let entries = vec![(0, 0, 1.0), (0, 1, 2.0), (2, 0, 1.0), (2, 1, 3.0)];
    let case = case("matrix-completion", &[("file", "x"), ("validation_fraction", "0.0"), ("test_fraction", "0.0")]);
    let problem = draw(&case, 0, Some(&Data::entries(3, 2, entries))).expect("drawn");
    let error = problem.flattest_program().expect_err("row 1 is empty");
    assert!(error.to_string().contains("row 1 has no observed entry"), "{error}");
}

/// Bits of drawn instances, for this version of the streams. Whoever changes one on purpose changes the version of the
/// records' numerics too.
#[test]
fn instances_have_the_bits_they_always_had() {
    let found: Vec<String> = small_cases()
        .iter()
        .map(|case| format!("{} {}", case.family, &checks::instance_hash(&*drawn(case, 11), 12)[..16]))
        .collect();
    let golden: Vec<&str> = include_str!("golden-instances.txt").lines().collect();
    assert_eq!(found, golden);
}
