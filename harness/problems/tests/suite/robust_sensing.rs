//! A loss of absolute values: its subgradients, what it does not answer, and that Polyak's steps recover the truth.

use flatbench_problems::limit::{LimitFailure, limit_point};
use flatbench_problems::reference::{Settings, flattest, norm_minimal};
use flatbench_problems::{Pass, Problem, Question, check, checks, small_cases};
use flatbench_records::{Case, Init};

use crate::support::naive::Naive;
use crate::support::{case, drawn, relative_difference};

fn small() -> Case {
    small_cases().into_iter().find(|case| case.family == "robust-sensing").expect("it is among them")
}

/// Numbers of outliers among 40 measurements, and the least loss, are those of the difference to the clean measurements.
#[test]
fn outliers_are_as_many_as_asked_for_and_make_the_least_loss() {
    for seed in 0..10 {
        let problem = drawn(&small(), seed);
        let truth: Vec<f64> = problem.truth().expect("drawn").iter().copied().collect();
        let clean: Vec<f64> = problem
            .operator()
            .to_array()
            .outer_iter()
            .map(|a| a.iter().zip(&truth).map(|(a, x)| a * x).sum())
            .collect();
        let outliers: Vec<f64> = problem.targets().iter().zip(&clean).map(|(b, clean)| b - clean).collect();
        assert_eq!(outliers.iter().filter(|s| s.abs() > 1e-12).count(), 8);
        let mean = outliers.iter().map(|s| s.abs()).sum::<f64>() / 40.0;
        let least = problem.least_absolute().expect("a loss of absolute values");
        assert!((least - mean).abs() <= 1e-12 * mean, "{least} for {mean}");
        let w = problem.flattest_factorization(problem.truth().expect("drawn")).expect("wide enough");
        assert!(problem.evaluator().loss(&w).abs() <= 1e-12 * mean, "the truth has the loss zero");
        assert!(
            problem.test_loss(problem.truth().expect("drawn")).expect("held out") <= 1e-24,
            "and held out are none"
        );
    }
}

#[test]
fn losses_and_subgradients_are_those_of_the_definition() {
    for seed in 0..20 {
        let problem = drawn(&small(), seed);
        let naive = Naive::new("robust-sensing", &*problem);
        let w = problem.initial_point(Init::Large, seed);
        let mut evaluator = problem.evaluator();
        let (mut found, v) = (vec![0.0; w.len()], checks::direction(w.len(), seed));
        let loss = evaluator.gradient(&w, &mut found);
        let (gradient, _) = naive.gradient_and_product(&w, &v);
        assert!((loss - naive.value(&w)).abs() <= 1e-12 * loss, "{loss}");
        assert_eq!(loss.to_bits(), evaluator.loss(&w).to_bits());
        assert!(relative_difference(&found, &gradient, 0.0) <= 1e-12, "seed {seed}");
        // Against differences of the loss, which is smooth away from its kinks.
        let h = 1e-7;
        let at = |t: f64| naive.value(&w.iter().zip(&v).map(|(w, v)| w + t * v).collect::<Vec<_>>());
        let along: f64 = found.iter().zip(&v).map(|(g, v)| g * v).sum();
        let difference = (at(h) - at(-h)) / (2.0 * h);
        assert!((along - difference).abs() <= 1e-5 * difference.abs().max(1.0), "{along} for {difference}");
        // Of a batch by itself, with a repeat, and with numbers added to its targets.
        let batch = [7, 0, 7, 31];
        let part = naive.part(&batch);
        evaluator.answer(&w, Question::MinibatchGradient { batch: &batch, noise: None }, &mut found);
        assert!(relative_difference(&found, &part.gradient_and_product(&w, &v).0, 0.0) <= 1e-12, "a batch");
        let loss = evaluator.answer(&w, Question::MinibatchLoss(&batch), &mut []);
        assert!((loss - part.value(&w)).abs() <= 1e-12, "{loss}");
        let noise: Vec<f64> = checks::direction(40, seed + 3).iter().map(|x| 5.0 * x).collect();
        let moved = naive.with_targets(problem.targets().iter().zip(&noise).map(|(b, e)| b + e).collect());
        evaluator.answer(&w, Question::Pass(Pass::PerturbedGradient(&noise)), &mut found);
        assert!(relative_difference(&found, &moved.gradient_and_product(&w, &v).0, 0.0) <= 1e-12, "perturbed");
    }
}

/// The sign of a residual that is zero is zero: at X = 0 with targets of zero nothing points anywhere.
#[test]
fn kinks_have_the_subgradient_of_least_norm() {
    let problem = drawn(&small(), 1);
    let (w, m) = (problem.initial_point(Init::Large, 1), problem.dimensions().measurements);
    let mut residuals = vec![0.0; m];
    problem.evaluator().residuals(&w, &mut residuals);
    let mut found = vec![f64::NAN; w.len()];
    problem.evaluator().answer(&w, Question::Pass(Pass::PerturbedGradient(&residuals)), &mut found);
    assert!(found.iter().all(|&g| g == 0.0), "every residual is zero there");
}

#[test]
fn nothing_is_said_of_second_derivatives() {
    let problem = drawn(&small(), 1);
    let w = problem.initial_point(Init::Large, 1);
    let mut evaluator = problem.evaluator();
    let u = vec![0.0; 40];
    let refused = [
        Question::Pass(Pass::HessianVector(&w)),
        Question::Trace,
        Question::TraceGradient,
        Question::TraceByBlock,
        Question::WeightedTraceGradient(&[1.0; 2]),
        Question::Residuals,
        Question::JacobianVector(&w),
        Question::JacobianTransposeVector(&u),
        Question::GaussNewtonVector(&w),
        Question::MinibatchHessianVector { batch: &[0], v: &w },
        Question::MinibatchResiduals(&[0]),
        Question::CurvatureGradient(&w),
        Question::RelativeFlatness,
        Question::RelativeFlatnessGradient,
    ];
    for question in refused {
        let error = evaluator.supports(question).expect_err("no second derivatives");
        assert!(error.to_string().contains("its loss is a mean of absolute values"), "{error}");
    }
    assert!(problem.hessian_trace_by_block(&w).iter().all(|x| x.is_nan()) && problem.scaled_trace(&w).is_nan());
    let x = problem.end_to_end(&w);
    assert!(problem.flatness_floor(x.view()).is_nan() && problem.relative_flatness(&w).is_nan());
    for error in [flattest(&*problem, &Settings::default()), norm_minimal(&*problem, &Settings::default())] {
        assert!(error.expect_err("none").to_string().contains("no second derivatives"));
    }
    let start_loss = evaluator.loss(&w);
    let limit = limit_point(&*problem, &mut *evaluator, &w, start_loss, 100);
    assert_eq!((limit.failure, limit.products), (Some(LimitFailure::NotSmooth), 0));
}

/// w ← w − f(w)/‖g‖² g from a start of order one: the least loss is zero, so that Polyak's step needs to be told nothing.
fn polyak(problem: &dyn Problem, mut w: Vec<f64>, steps: usize) -> f64 {
    let mut evaluator = problem.evaluator();
    let mut gradient = vec![0.0; w.len()];
    for _ in 0..steps {
        let loss = evaluator.gradient(&w, &mut gradient).max(0.0);
        let square: f64 = gradient.iter().map(|g| g * g).sum();
        if square == 0.0 {
            break;
        }
        w.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= loss / square * g);
    }
    let (x, truth) = (problem.end_to_end(&w), problem.truth().expect("drawn"));
    (&x - &truth).iter().map(|d| d * d).sum::<f64>().sqrt()
}

/// Charisopoulos et al. 2021: to the truth, to rounding, where outliers are 10 to 20 %, with factors as wide as the truth and twice as wide;
/// from starts of order one.
#[test]
fn polyak_steps_recover_the_truth_from_outliers() {
    for (width, m) in [("2", "352"), ("4", "700")] {
        for fraction in ["0.1", "0.2"] {
            for seed in 0..3 {
                let sizes = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("outlier_fraction", fraction)];
                let problem = drawn(
                    &case("robust-sensing", &[&sizes[..], &[("factor_rank", width), ("measurements", m)]].concat()),
                    seed,
                );
                let error = polyak(&*problem, problem.initial_point(Init::Large, seed), 4000);
                assert!(error <= 1e-6, "{error:.1e} at width {width} with {fraction} outliers, seed {seed}");
            }
        }
    }
}

/// The squares of the same residuals are least elsewhere: the outliers decide.
#[test]
fn least_squares_does_not() {
    let sizes = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("factor_rank", "2"), ("measurements", "352")];
    let problem = drawn(&case("robust-sensing", &[&sizes[..], &[("outlier_fraction", "0.2")]].concat()), 1);
    let mut w = problem.flattest_factorization(problem.truth().expect("drawn")).expect("wide enough");
    let mut evaluator = problem.evaluator();
    let (mut residuals, mut gradient) = (vec![0.0; 352], vec![0.0; w.len()]);
    for _ in 0..3000 {
        evaluator.residuals(&w, &mut residuals);
        evaluator.jacobian_transpose_vector(&w, &residuals, &mut gradient);
        w.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= 0.1 / 352.0 * g);
    }
    let (x, truth) = (problem.end_to_end(&w), problem.truth().expect("drawn"));
    let error = (&x - &truth).iter().map(|d| d * d).sum::<f64>().sqrt();
    assert!(error > 0.5, "{error}");
}

#[test]
fn room_for_outliers_is_warned_about() {
    let of = |m: &str| {
        let sizes = [("rows", "12"), ("cols", "12"), ("rank", "2"), ("outlier_fraction", "0.2"), ("measurements", m)];
        let case = case("robust-sensing", &[&sizes[..], &[("factor_rank", "4")]].concat());
        check(&case.family, &case.parameters, None).expect("a case").warnings
    };
    assert!(of("400").is_empty());
    assert!(of("90")[0].contains("room to fit outliers too (80 degrees of freedom)"), "{:?}", of("90"));
}
