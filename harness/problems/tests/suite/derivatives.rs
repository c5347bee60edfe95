//! Every oracle of every family against the loss written a second time, with exact differentiation: seeds 0 to 19, at
//! random points and at zero loss. A loss of absolute values is in `robust_sensing`: it has first derivatives alone.

use crate::support::naive::{Naive, exact_slope};
use crate::support::{drawn, relative_difference, smooth_cases, zero_loss_point};
use flatbench_problems::{Pass, Problem, Question, checks, small_cases};
use flatbench_records::{Case, Init};

const TOLERANCE: f64 = 1e-7;

/// A random point, a zero-loss point next to it, and the flattest factorization of the truth, where they exist.
fn points(problem: &dyn Problem, seed: u64) -> Vec<(&'static str, Vec<f64>)> {
    let start = problem.initial_point(Init::Large, seed);
    let mut points = vec![("random", start.clone())];
    if problem.outlier_radius().is_none() {
        points.extend(zero_loss_point(problem, &start, 1e-24).map(|w| ("zero-loss", w)));
    }
    let truth = problem.truth().expect("synthetic");
    points.extend(problem.flattest_factorization(truth).map(|w| ("flattest truth", w)));
    points
}

fn each_point(mut body: impl FnMut(&Case, &dyn Problem, u64, &str, &[f64])) {
    for case in smooth_cases() {
        let (mut at_zero, mut sought) = (0, false);
        for seed in 0..20 {
            let problem = drawn(&case, seed);
            sought |= problem.outlier_radius().is_none();
            for (name, w) in points(&*problem, seed) {
                at_zero += usize::from(name == "zero-loss");
                body(&case, &*problem, seed, name, &w);
            }
        }
        assert!(at_zero >= 10 || !sought, "{} reached zero loss {at_zero} times", case.family);
    }
}

#[test]
fn loss_gradient_and_hessian_products() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let naive = Naive::new(&case.family, problem);
        let v = checks::direction(w.len(), seed);
        let (gradient, product) = naive.gradient_and_product(w, &v);
        let mut evaluator = problem.evaluator();
        let (mut found, mut found_product) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        let value = evaluator.gradient(w, &mut found);
        // At zero loss the loss itself is rounding, relative to the squared targets of order one.
        assert!((value - naive.value(w)).abs() <= TOLERANCE * value.max(1e-6), "loss, {context}");
        assert_eq!(value.to_bits(), evaluator.gradient(w, &mut found).to_bits(), "the same bits again, {context}");
        assert!((evaluator.loss(w) - value).abs() <= 1e-12 * value.max(1e-12), "loss alone, {context}");
        assert!(relative_difference(&found, &gradient, 1e-4) <= TOLERANCE, "gradient, {context}");
        evaluator.hessian_vector(w, &v, &mut found_product);
        assert!(relative_difference(&found_product, &product, 0.0) <= TOLERANCE, "Hessian product, {context}");
        assert!(checks::symmetry(problem, w, seed) <= 1e-12, "symmetry, {context}");
        assert!(checks::jacobian_adjoint(problem, w, seed) <= 1e-12, "Jacobian, {context}");
    });
}

#[test]
fn residuals_and_jacobians() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let (m, n) = (problem.dimensions().measurements, w.len());
        let mut evaluator = problem.evaluator();
        let mut ask = |question: Question<'_>, length: usize| {
            let mut out = vec![f64::NAN; length];
            evaluator.answer(w, question, &mut out);
            out
        };
        let (v, u) = (checks::direction(n, seed), checks::direction(m, seed + 50));
        let (residuals, along) = Naive::new(&case.family, problem).residuals_along(w, &v);
        let found = ask(Question::Residuals, m);
        // At zero loss residuals are rounding, of targets of order one.
        assert!(relative_difference(&found, &residuals, 1e-4) <= TOLERANCE, "residuals, {context}");
        let mut by_name = vec![0.0; n];
        problem.evaluator().gauss_newton_vector(w, &v, &mut by_name);
        assert_eq!(ask(Question::GaussNewtonVector(&v), n), by_name, "Gauss-Newton, {context}");
        if problem.outlier_radius().is_some() {
            for question in [Question::JacobianVector(&v), Question::JacobianTransposeVector(&u)] {
                let error = problem.evaluator().supports(question).expect_err("no measurements");
                assert!(error.to_string().contains("distance between matrices"), "{error}");
            }
            return;
        }
        let forward = ask(Question::JacobianVector(&v), m);
        assert!(relative_difference(&forward, &along, 0.0) <= TOLERANCE, "J v, {context}");
        let back = ask(Question::JacobianTransposeVector(&u), n);
        let (left, right) = (dot(&forward, &u), dot(&v, &back));
        assert!((left - right).abs() <= 1e-12 * (dot(&forward, &forward) * dot(&u, &u)).sqrt(), "Jᵀ u, {context}");
    });
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Of targets (2/m) JᵀJ v, in which nothing is left out; of the ball all that central differences of the gradient show, less the
/// curvature of the predictions, which the smooth model of its Hessian products shares.
#[test]
fn gauss_newton_products() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let m = problem.dimensions().measurements;
        let v = checks::direction(w.len(), seed);
        let mut evaluator = problem.evaluator();
        let (mut forward, mut back) = (vec![0.0; m], vec![0.0; w.len()]);
        evaluator.jacobian_vector(w, &v, &mut forward);
        evaluator.jacobian_transpose_vector(w, &forward, &mut back);
        let mut expected: Vec<f64> = back.iter().map(|x| 2.0 / m as f64 * x).collect();
        let mut tolerance = 1e-12;
        if case.family == "robust-pca" {
            if name == "flattest truth" {
                // On the rim of the ball the gradient has no derivative.
                return;
            }
            tolerance = 1e-5;
            let mut gradient_at = |step: f64| {
                let point: Vec<f64> = w.iter().zip(&v).map(|(w, v)| w + step * v).collect();
                let mut gradient = vec![0.0; w.len()];
                evaluator.gradient(&point, &mut gradient);
                gradient
            };
            let step = 1e-6;
            let (plus, minus) = (gradient_at(step), gradient_at(-step));
            let mut model = vec![0.0; w.len()];
            evaluator.hessian_vector(w, &v, &mut model);
            for i in 0..w.len() {
                expected[i] += (plus[i] - minus[i]) / (2.0 * step) - model[i];
            }
        }
        let mut found = vec![0.0; w.len()];
        evaluator.gauss_newton_vector(w, &v, &mut found);
        let difference = relative_difference(&found, &expected, 0.0);
        assert!(difference <= tolerance, "{difference:.1e}, {context}");
    });
}

#[test]
fn traces_and_their_gradients() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let naive = Naive::new(&case.family, problem);
        let diagonal = naive.diagonal(w, &naive.targets_at(w));
        let trace: f64 = diagonal.iter().sum();
        let mut evaluator = problem.evaluator();
        let mut gradient = vec![0.0; w.len()];
        let found = evaluator.hessian_trace_gradient(w, &mut gradient);
        assert!((found - trace).abs() <= TOLERANCE * trace.abs(), "trace {found} against {trace}, {context}");
        assert_eq!(found.to_bits(), evaluator.hessian_trace(w).to_bits(), "{context}");
        assert!(checks::trace_against_hessian(problem, w) <= 1e-10, "{context}");
        let by_block: Vec<f64> =
            problem.blocks().iter().map(|b| diagonal[b.offset..b.offset + b.len()].iter().sum()).collect();
        let found_by_block = problem.hessian_trace_by_block(w);
        let mut asked_by_block = vec![0.0; found_by_block.len()];
        evaluator.answer(w, Question::TraceByBlock, &mut asked_by_block);
        assert_eq!(asked_by_block, found_by_block, "by block, {context}");
        assert!(relative_difference(&found_by_block, &by_block, 0.0) <= TOLERANCE, "by block, {context}");
        // Weighted by block: linear in the weights, the trace gradient where they are one, and the part of a block by itself.
        let mut weighted = |weights: &[f64]| {
            let mut out = vec![0.0; w.len()];
            evaluator.answer(w, Question::WeightedTraceGradient(weights), &mut out);
            out
        };
        assert_eq!(weighted(&vec![1.0; by_block.len()]), gradient, "weights of one, {context}");
        let weights: Vec<f64> = (0..by_block.len()).map(|b| b as f64 - 0.6).collect();
        let (found, v) = (weighted(&weights), checks::direction(w.len(), 7 + seed));
        let expected = naive.block_trace_derivative(w, &v, &weights);
        let scale = dot(&found, &found).sqrt() * dot(&v, &v).sqrt();
        assert!((dot(&found, &v) - expected).abs() <= TOLERANCE * scale, "weighted trace gradient, {context}");
        // The gradient of the trace: random directions in each draw, every coordinate in one.
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        for k in 0..3 {
            let v = checks::direction(w.len(), 100 * seed + k);
            let scale = norm * v.iter().map(|v| v * v).sum::<f64>().sqrt();
            let along: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
            let expected = naive.trace_derivative(w, &v);
            assert!((along - expected).abs() <= TOLERANCE * scale, "trace gradient, {context}");
        }
        if seed == 0 {
            for p in 0..w.len() {
                let mut unit = vec![0.0; w.len()];
                unit[p] = 1.0;
                let expected = naive.trace_derivative(w, &unit);
                assert!((gradient[p] - expected).abs() <= TOLERANCE * norm, "trace gradient at {p}, {context}");
            }
        }
    });
}

/// Against the curvature of the loss written a second time, differenced exactly.
#[test]
fn gradients_of_curvatures() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let (v, direction) = (checks::direction(w.len(), seed), checks::direction(w.len(), seed + 9));
        let mut evaluator = problem.evaluator();
        if problem.outlier_radius().is_some() {
            let error = evaluator.supports(Question::CurvatureGradient(&v)).expect_err("there is no third derivative");
            assert!(error.to_string().contains("distance between matrices"), "{error}");
            return;
        }
        let naive = Naive::new(&case.family, problem);
        let mut found = vec![f64::NAN; w.len()];
        for factor in [1.0, 1e-3, 40.0] {
            let v: Vec<f64> = v.iter().map(|v| factor * v).collect();
            evaluator.answer(w, Question::CurvatureGradient(&v), &mut found);
            let expected = naive.curvature_derivative(w, &v, &direction);
            let scale = dot(&found, &found).sqrt() * dot(&direction, &direction).sqrt();
            assert!((dot(&found, &direction) - expected).abs() <= TOLERANCE * scale, "times {factor}, {context}");
        }
        evaluator.answer(w, Question::CurvatureGradient(&vec![0.0; w.len()]), &mut found);
        assert_eq!(found, vec![0.0; w.len()], "along nothing, {context}");
    });
}

/// At a point whose entries are tiny and along a direction that is not, what cancels must leave nothing behind.
#[test]
fn curvatures_near_the_origin() {
    for case in smooth_cases() {
        let problem = drawn(&case, 2);
        if problem.outlier_radius().is_some() {
            continue;
        }
        let large = problem.initial_point(Init::Large, 4);
        let (v, direction) = (checks::direction(large.len(), 3), checks::direction(large.len(), 12));
        for size in [1e-6, 0.0] {
            let w: Vec<f64> = large.iter().map(|w| size * w).collect();
            let mut found = vec![f64::NAN; w.len()];
            problem.evaluator().answer(&w, Question::CurvatureGradient(&v), &mut found);
            let expected = Naive::new(&case.family, &*problem).curvature_derivative(&w, &v, &direction);
            let difference = (dot(&found, &direction) - expected).abs();
            // The reference differences numbers of the size of the loss.
            assert!(
                difference <= 1e-6 * expected.abs().max(1e-4),
                "{}: {difference:.1e} of {expected:.1e}",
                case.family
            );
        }
    }
}

/// Against exact differences of the value, which other tests hold against the dense Hessian.
#[test]
fn gradients_of_relative_flatness() {
    each_point(|case, problem, seed, name, w| {
        let context = format!("{} {:?}, seed {seed}, {name}", case.family, case.parameters);
        let mut evaluator = problem.evaluator();
        let mut gradient = vec![f64::NAN; w.len()];
        evaluator.answer(w, Question::RelativeFlatnessGradient, &mut gradient);
        let value = evaluator.answer(w, Question::RelativeFlatness, &mut []);
        assert_eq!(value.to_bits(), problem.relative_flatness(w).to_bits(), "{context}");
        for k in 0..2 {
            let v = checks::direction(w.len(), 10 * seed + k);
            let expected = exact_slope(|t| {
                problem.relative_flatness(&w.iter().zip(&v).map(|(w, v)| w + t * v).collect::<Vec<_>>())
            });
            let scale = dot(&gradient, &gradient).sqrt() * dot(&v, &v).sqrt();
            assert!((dot(&gradient, &v) - expected).abs() <= TOLERANCE * scale, "{context}");
        }
    });
}

/// The Hessian of a batch by columns against the whole one where the batch is whole, and sums of single measurements against that of
/// a batch.
#[test]
fn batches_of_measurements_by_themselves() {
    for case in smooth_cases() {
        let problem = drawn(&case, 5);
        let (m, n) = (problem.dimensions().measurements, problem.dimensions().parameters);
        let (w, v) = (problem.initial_point(Init::Large, 1), checks::direction(n, 6));
        let mut evaluator = problem.evaluator();
        if problem.outlier_radius().is_some() {
            let questions = [
                Question::MinibatchLoss(&[0]),
                Question::MinibatchResiduals(&[0]),
                Question::MinibatchHessianVector { batch: &[0], v: &v },
            ];
            for question in questions {
                let error = evaluator.supports(question).expect_err("no measurements");
                assert!(error.to_string().contains("distance between matrices"), "{error}");
            }
            continue;
        }
        let naive = Naive::new(&case.family, &*problem);
        let (residuals, _) = naive.residuals_along(&w, &v);
        let all: Vec<usize> = (0..m).collect();
        for batch in [vec![2, 0, 2], (0..11).map(|i| i * 5 % m).collect(), vec![m - 1], all.clone()] {
            let context = format!("{}, {batch:?}", case.family);
            let expected: Vec<f64> = batch.iter().map(|&i| residuals[i]).collect();
            let mut found = vec![f64::NAN; batch.len()];
            evaluator.answer(&w, Question::MinibatchResiduals(&batch), &mut found);
            assert!(relative_difference(&found, &expected, 0.0) <= 1e-12, "residuals, {context}");
            let mean = expected.iter().map(|rho| rho * rho).sum::<f64>() / batch.len() as f64;
            let loss = evaluator.answer(&w, Question::MinibatchLoss(&batch), &mut []);
            assert!((loss - mean).abs() <= 1e-12 * mean, "loss {loss} against {mean}, {context}");
            let expected = naive.part(&batch).gradient_and_product(&w, &v).1;
            let mut found = vec![f64::NAN; n];
            evaluator.answer(&w, Question::MinibatchHessianVector { batch: &batch, v: &v }, &mut found);
            assert!(relative_difference(&found, &expected, 0.0) <= TOLERANCE, "Hessian product, {context}");
        }
        let (mut whole, mut batch) = (vec![0.0; n], vec![0.0; n]);
        evaluator.hessian_vector(&w, &v, &mut whole);
        evaluator.answer(&w, Question::MinibatchHessianVector { batch: &all, v: &v }, &mut batch);
        assert!(relative_difference(&batch, &whole, 0.0) <= 1e-12, "all measurements, {}", case.family);
    }
}

#[test]
fn taylor_slopes_and_differences() {
    each_point(|case, problem, seed, name, w| {
        if name != "random" {
            return;
        }
        let context = format!("{} {:?}, seed {seed}", case.family, case.parameters);
        let v = checks::direction(w.len(), seed);
        let slope = checks::gradient_slope(problem, w, &v);
        assert!(slope > 1.8, "gradient slope {slope}, {context}");
        let slope = checks::trace_gradient_slope(problem, w, &v);
        assert!(slope > 1.8, "trace slope {slope}, {context}");
        if problem.outlier_radius().is_none() {
            let error = checks::hessian_vector_by_differences(problem, w, &v);
            assert!(error <= 1e-6, "differences of the gradient {error}, {context}");
            let differences = checks::dense_hessian_by_differences(problem, w);
            let trace = problem.evaluator().hessian_trace(w);
            assert!((differences.diag().sum() - trace).abs() <= 1e-6 * trace.abs(), "{context}");
        }
    });
}

#[test]
fn the_gradient_of_a_distance_is_that_of_the_distance() {
    let has_outliers = |case: &Case| drawn(case, 0).outlier_radius().is_some();
    let case = small_cases().into_iter().find(has_outliers).expect("robust PCA has");
    for seed in 0..20 {
        let problem = drawn(&case, seed);
        let naive = Naive::new(&case.family, &*problem);
        let w = problem.initial_point(Init::Large, seed);
        let mut gradient = vec![0.0; w.len()];
        problem.evaluator().gradient(&w, &mut gradient);
        let v = checks::direction(w.len(), seed);
        let along: f64 = gradient.iter().zip(&v).map(|(g, v)| g * v).sum();
        let h = 1e-5;
        let at = |t: f64| naive.value(&w.iter().zip(&v).map(|(w, v)| w + t * v).collect::<Vec<_>>());
        let difference = (at(h) - at(-h)) / (2.0 * h);
        let scale = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!((along - difference).abs() <= 1e-6 * scale, "seed {seed}: {along} against {difference}");
    }
}

#[test]
fn batches_and_perturbed_targets() {
    for case in smooth_cases() {
        let problem = drawn(&case, 7);
        let (m, n) = (problem.dimensions().measurements, problem.dimensions().parameters);
        let w = problem.initial_point(Init::Large, 3);
        let mut evaluator = problem.evaluator();
        let (mut out, mut expected) = (vec![0.0; n], vec![0.0; n]);
        let draws = checks::direction(m.max(11), 5);
        let noise = &draws[..m];
        if problem.outlier_radius().is_some() {
            let minibatch = Question::MinibatchGradient { batch: &[0], noise: None };
            let error = evaluator.supports(minibatch).expect_err("no measurements");
            assert!(error.to_string().contains("distance between matrices"), "{error}");
            assert!(evaluator.supports(Question::Pass(Pass::PerturbedGradient(noise))).is_err());
            continue;
        }
        let mut residuals = vec![0.0; m];
        evaluator.residuals(&w, &mut residuals);
        let mut pulled = |evaluator: &mut Box<dyn flatbench_problems::Evaluator + Send + '_>, weights: &[f64]| {
            evaluator.jacobian_transpose_vector(&w, weights, &mut expected);
            expected.clone()
        };
        // Perturbed: b + noise, so ρ − noise.
        let weights: Vec<f64> = residuals.iter().zip(noise).map(|(r, e)| 2.0 / m as f64 * (r - e)).collect();
        evaluator.answer(&w, Question::Pass(Pass::PerturbedGradient(noise)), &mut out);
        assert!(relative_difference(&out, &pulled(&mut evaluator, &weights), 0.0) <= 1e-12, "{}", case.family);
        // A batch with a repeat, longer and shorter than a block of the kernel.
        for batch in [vec![2, 0, 2], (0..11).map(|i| i * 5 % m).collect::<Vec<_>>(), vec![m - 1]] {
            let mut weights = vec![0.0; m];
            for (position, &i) in batch.iter().enumerate() {
                weights[i] += 2.0 / batch.len() as f64 * (residuals[i] - draws[position]);
            }
            evaluator.answer(
                &w,
                Question::MinibatchGradient { batch: &batch, noise: Some(&draws[..batch.len()]) },
                &mut out,
            );
            assert!(relative_difference(&out, &pulled(&mut evaluator, &weights), 0.0) <= 1e-12, "{}", case.family);
        }
        let all: Vec<usize> = (0..m).collect();
        evaluator.answer(&w, Question::MinibatchGradient { batch: &all, noise: None }, &mut out);
        let batch = out.clone();
        evaluator.gradient(&w, &mut out);
        assert!(relative_difference(&batch, &out, 0.0) <= 1e-13, "all measurements, {}", case.family);
    }
}

#[test]
#[should_panic(expected = "the mini-batch gradient is not supported by this family")]
fn a_question_that_is_refused_is_not_to_be_asked() {
    let case = small_cases().into_iter().find(|case| case.family == "robust-pca").expect("it is among them");
    let problem = drawn(&case, 7);
    let mut w = problem.initial_point(Init::Large, 3);
    let minibatch = Question::MinibatchGradient { batch: &[0], noise: None };
    problem.evaluator().answer(&w.clone(), minibatch, &mut w);
}
