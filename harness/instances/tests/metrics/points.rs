//! Metrics at random points and at zero-loss points of every family.

use std::collections::BTreeSet;

use flatbench_instances::{Gauge, RADIUS, lambda_max, references};
use flatbench_problems::limit::limit_point;
use flatbench_problems::{Problem, checks, small_cases};
use flatbench_records::{Init, METRICS, Metrics};

use crate::dense::norm;
use crate::expected::Plain;
use crate::support::{drawn, smooth_cases};
use crate::{factors, held_out};

/// λ_max is held to this relative to the dense Hessian, everything else to a tenth of it.
const TOLERANCE: f64 = 1e-8;

/// Checked next to the rest by what it says: the distance of Hv from λv.
const RESIDUAL: &str = "lambda_max_residual";

/// Every metric by its name in a record.
fn by_name(metrics: &Metrics) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(metrics) {
        Ok(serde_json::Value::Object(fields)) => fields,
        other => panic!("metrics are an object, not {other:?}"),
    }
}

fn close(name: &str, found: f64, expected: f64, scale: f64) -> bool {
    let tolerance = if name == "lambda_max" { TOLERANCE } else { 0.1 * TOLERANCE };
    (found - expected).abs() <= tolerance * expected.abs().max(scale)
}

fn points(problem: &dyn Problem, seed: u64) -> Vec<(&'static str, Vec<f64>)> {
    let start = problem.initial_point(Init::Large, seed);
    let mut evaluator = problem.evaluator();
    let loss = evaluator.loss(&start);
    let limit = limit_point(problem, &mut *evaluator, &start, loss, 10_000);
    let small = problem.initial_point(Init::Small, seed);
    let mut points = vec![("large start", start), ("small start", small)];
    if limit.failure.is_none() {
        points.push(("limit", limit.w));
    }
    points
}

/// What is made of second derivatives is null, and what is not is there.
#[test]
fn a_loss_of_absolute_values_has_no_flatness() {
    let case = small_cases().into_iter().find(|case| case.family == "robust-sensing").expect("it is among them");
    let problem = drawn(&case, 1);
    let found = references(&*problem);
    assert!(found.flat.is_none() && found.norm_minimal.is_none() && found.truth_floor.is_none());
    assert!(found.missing.as_ref().is_some_and(|missing| missing.contains("no second derivatives")), "{found:?}");
    let w = problem.initial_point(Init::Large, 1);
    let mut gauge = Gauge::new(&*problem, &found);
    let numbers = by_name(&gauge.metrics(&w));
    let absent = [
        "hessian_trace",
        "scaled_trace",
        "lambda_max",
        "lambda_max_residual",
        "flatness_floor",
        "balance_gap",
        "model_gap",
        "excess_flatness",
        "relative_flatness",
        "worst_case_sharpness",
    ];
    for (name, value) in &numbers {
        let expected = absent.contains(&name.as_str()) || name == "test_rmse";
        assert_eq!(value.is_null(), expected, "{name}: {value}");
    }
    let checkpoint = gauge.checkpoint(&w, true);
    assert!(checkpoint.hessian_trace.is_none() && checkpoint.lambda_max.is_none());
    assert!(checkpoint.train_loss.is_some() && checkpoint.relative_error.is_some());
}

#[test]
fn every_metric_agrees_with_its_definition() {
    // Not compared here: what has a test of its own.
    let aside = [&held_out::CHECKED[..], &factors::CHECKED, &[RESIDUAL]].concat();
    let mut compared = std::collections::BTreeMap::new();
    for case in smooth_cases() {
        for seed in 0..2 {
            let problem = drawn(&case, seed);
            let plain = Plain::new(&case.family, &*problem);
            let found_references = references(&*problem);
            let mut gauge = Gauge::new(&*problem, &found_references);
            for (place, w) in points(&*problem, seed) {
                let context = format!("{} {:?}, seed {seed}, {place}", case.family, case.parameters);
                let mut found = gauge.metrics(&w);
                gauge.spectrum(&w, &mut found);
                let pair = lambda_max(&mut *problem.evaluator(), &w);
                let expected = by_name(&plain.metrics(&w, &pair.vector));
                // Next to zero loss and for tiny starts, differences of the loss are judged against the loss at zero.
                let scale = problem.evaluator().loss(&vec![0.0; w.len()]);
                for (name, value) in by_name(&found) {
                    if aside.contains(&name.as_str()) {
                        continue;
                    }
                    let values = |value: &serde_json::Value| -> Vec<f64> {
                        let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                        list.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
                    };
                    let (found, expected) = (values(&value), values(&expected[&name]));
                    assert_eq!(found.len(), expected.len(), "{name}, {context}");
                    let floor = match name.as_str() {
                        "train_loss" | "worst_case_sharpness" | "relative_error" => scale,
                        "singular_values" => expected[0],
                        "hessian_eigenvalues" => expected.iter().fold(0.0, |most: f64, v| most.max(v.abs())),
                        // The root of what rounding leaves of a zero on the diagonal.
                        "root_trace" => plain.hessian(&w).trace().abs().sqrt(),
                        // A difference of two Gram matrices, each as large as the factors.
                        "balancedness" => norm(&w).powi(2),
                        _ => 0.0,
                    };
                    for (found, expected) in found.iter().zip(&expected) {
                        // On the rim of the ball, where the loss has a corner, rounding decides which way the search turns.
                        if name == "worst_case_sharpness" && problem.outlier_radius().is_some() && place == "limit" {
                            assert!(
                                (0.8..1.25).contains(&(found / expected)),
                                "{name}: {found}, {expected}, {context}"
                            );
                            continue;
                        }
                        assert!(
                            close(&name, *found, *expected, floor),
                            "{name}: {found} against {expected}, {context}"
                        );
                    }
                    *compared.entry(name).or_insert(0) += 1;
                }
                let hessian = plain.hessian(&w);
                let product = |i: usize| (0..w.len()).map(|j| hessian.at(i, j) * pair.vector[j]).sum::<f64>();
                let rest: Vec<f64> = (0..w.len()).map(|i| product(i) - pair.value * pair.vector[i]).collect();
                let residual = norm(&rest) / pair.value.abs();
                assert!((residual - pair.residual).abs() <= 1e-9, "{residual} against {}, {context}", pair.residual);
                assert!(pair.residual <= 1e-4, "residual {}, {context}", pair.residual);
                let sharpness = found.worst_case_sharpness.expect("computed");
                let random = plain.best_of_random(&w, 200);
                // The search stays on the sphere: next to the origin f may fall on all of it, and what is found is the bound 0.
                let inside = sharpness == 0.0 && place == "small start";
                assert!(sharpness >= random || inside, "{sharpness} found, {random} by chance, {context}");
            }
        }
    }
    println!("{compared:?}");
    let checked: BTreeSet<&str> = compared.keys().map(String::as_str).chain(aside).collect();
    let defined: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(checked, defined, "every metric has an implementation of its own that it is held against");
    assert!(compared.values().all(|&count| count > 60), "{compared:?}");
}

/// The radius that the documentation states is the one that is searched.
#[test]
fn the_stated_radius_is_the_one_in_use() {
    let formula = METRICS.iter().find(|metric| metric.name == "worst_case_sharpness").expect("defined").formula;
    assert!(formula.ends_with(&format!("‖ε‖ ≤ {RADIUS}")), "{formula}");
}

/// The residual of the eigenvalue is what it says: the largest eigenvalue lies within it of the value.
#[test]
fn the_leading_eigenvalue_of_every_family_is_that_of_the_dense_hessian() {
    let mut worst = 0.0_f64;
    for case in smooth_cases() {
        for seed in 0..3 {
            let problem = drawn(&case, seed);
            let plain = Plain::new(&case.family, &*problem);
            // Near the truth as well, where eigenvalues come in clusters.
            let truth = problem.truth().expect("drawn").to_owned();
            let near = problem.flattest_factorization(truth.view()).map(|w| {
                let nudge = checks::direction(w.len(), seed);
                w.iter().zip(nudge).map(|(w, d)| w + 1e-3 * d).collect::<Vec<_>>()
            });
            for w in std::iter::once(problem.initial_point(Init::Large, seed)).chain(near) {
                let found = lambda_max(&mut *problem.evaluator(), &w).value;
                let expected = plain.hessian(&w).eigen().0.into_iter().fold(f64::NEG_INFINITY, f64::max);
                worst = worst.max((found / expected - 1.0).abs());
                assert!((found / expected - 1.0).abs() <= TOLERANCE, "{found} against {expected}: {}", case.family);
            }
        }
    }
    println!("largest relative deviation of λ_max from the dense Hessian: {worst:.1e}");
}

/// Finite parameters whose derivatives overflow have few metrics, and those at once.
#[test]
fn points_whose_loss_overflows_are_measured_at_once() {
    let begun = std::time::Instant::now();
    for case in small_cases() {
        let problem = drawn(&case, 1);
        let mut gauge = Gauge::new(&*problem, &references(&*problem));
        for size in [1e155, 1e200, f64::MAX] {
            let metrics = gauge.metrics(&vec![size; problem.initial_point(Init::Large, 1).len()]);
            let numbers = by_name(&metrics);
            assert!(
                numbers.values().all(|value| value.as_f64().is_none_or(f64::is_finite)),
                "{}: {numbers:?}",
                case.name
            );
        }
    }
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
