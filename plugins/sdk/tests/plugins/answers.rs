//! Known answers of methods that say when they have converged: where they end.

use crate::libraries::library;
use crate::sensing::Sensing;
use flatbench_plugin::host::{OptimizerInstance, Status, Value};

/// The flattest zero-loss point has trace (4/m) ‖S₁^½ X S₂^½‖_*, S₁ = Σ A_i A_iᵀ and S₂ = Σ A_iᵀ A_i, here computed with NumPy. The
/// factors are as wide as the rank, 2, so that zero-loss points differ in nothing but how X is factorized.
const FLOOR: f64 = 7.538704541340467;

/// Where an optimizer with the given values ends, and after how many steps.
fn end(package: &str, given: &[(&str, Value)]) -> (OptimizerInstance, Vec<f64>, usize) {
    let library = library(package);
    let schema = &library.description().hyperparameters;
    assert!(given.iter().all(|(name, _)| schema.iter().any(|entry| entry.name == *name)));
    let value = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let values: Vec<_> =
        schema.iter().map(|h| (h.name.clone(), value(&h.name).unwrap_or_else(|| h.default.clone()))).collect();
    let mut optimizer = library.create(&values, &Sensing::blocks(), 0).expect("the values fit the schema");
    let (mut sensing, mut w) = (Sensing::new(), Sensing::start());
    optimizer.initialize(&mut w, &mut sensing).expect("the instance suits the method");
    for steps in 1..10_000 {
        match optimizer.step(&mut w, &mut sensing).expect("a step") {
            Status::Continue => {}
            Status::Converged => return (optimizer, w, steps),
        }
    }
    panic!("it does not converge");
}

/// f relative to that at the start.
fn relative_loss(w: &[f64]) -> f64 {
    Sensing::new().loss(w) / Sensing::new().loss(&Sensing::start())
}

#[test]
fn trace_flow_ends_at_the_flattest_factorization() {
    for memory in [30, 0] {
        let given = [("step_size", Value::Real(0.25)), ("memory", Value::Integer(memory))];
        let (mut optimizer, w, steps) = end("flatbench-trace-flow", &given);
        let trace = Sensing::new().trace(&w);
        println!("memory {memory}: {steps} steps, excess {:e}, loss {:e}", trace / FLOOR - 1.0, relative_loss(&w));
        assert!((trace / FLOOR - 1.0).abs() < 1e-12 && relative_loss(&w) < 1e-24);
        let report = optimizer.report(&mut Sensing::new()).expect("a report");
        let tangential = report.iter().find(|(name, _)| name == "relative_tangential_gradient");
        assert!(tangential.is_some_and(|(_, value)| *value <= 1e-8), "{report:?}");
    }
}

/// Rᵀ has an inverse here, so that some L fits everything.
#[test]
fn alternating_minimization_needs_one_factor_where_that_can_fit_everything() {
    let (_, w, steps) = end("flatbench-alt-min", &[("accuracy", Value::Real(1e-14))]);
    let (start, right) = (Sensing::start(), 3 * 2);
    println!("{steps} steps, loss {:e}", relative_loss(&w));
    assert_eq!(w[right..], start[right..]);
    assert!(steps == 2 && relative_loss(&w) < 1e-20);
}

#[test]
fn quasi_newton_and_gauss_newton_steps_converge_to_zero_loss() {
    for (package, most, given) in [
        ("flatbench-l-bfgs", 60, vec![("first_step", Value::Real(0.25))]),
        ("flatbench-levenberg-marquardt", 15, vec![]),
        // Gauss-Newton steps from the start.
        ("flatbench-levenberg-marquardt", 15, vec![("damping", Value::Real(0.0))]),
    ] {
        let (_, w, steps) = end(package, &given);
        println!("{package} {given:?}: {steps} steps, loss {:e}", relative_loss(&w));
        assert!(steps <= most && relative_loss(&w) < 1e-18, "{package} {given:?}");
    }
}
