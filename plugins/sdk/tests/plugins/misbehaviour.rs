use crate::libraries::library;
use crate::toy::{Toy, blocks};
use flatbench_plugin::host::{OptimizerInstance, PluginError, Status, Value};

fn hostile(misbehaviour: &str) -> OptimizerInstance {
    let values = [
        ("step_size".to_owned(), Value::Real(0.1)),
        ("misbehaviour".to_owned(), Value::Text(misbehaviour.to_owned())),
        ("after".to_owned(), Value::Integer(1)),
    ];
    library("flatbench-fixture-hostile").create(&values, &blocks(), 0).expect("the values fit the schema")
}

/// The outcome of the second step, which is the first one that misbehaves, and w after it.
pub fn second_step(misbehaviour: &str) -> (Result<Status, PluginError>, [f64; 2]) {
    let (mut optimizer, mut toy, mut w) = (hostile(misbehaviour), Toy::new(10.0), [2.0, 0.5]);
    assert_eq!(optimizer.step(&mut w, &mut toy), Ok(Status::Continue));
    let outcome = optimizer.step(&mut w, &mut toy);
    (outcome, w)
}

#[test]
fn none_is_gradient_descent() {
    let (outcome, w) = second_step("none");
    assert_eq!(outcome, Ok(Status::Continue));
    assert!((w[0] - 1.8795).abs() < 1e-14 && (w[1] - 0.3855).abs() < 1e-14, "{w:?}");
}

#[test]
fn a_panic_is_an_error_with_its_place() {
    let Err(PluginError::Panicked(message)) = second_step("panic").0 else { panic!("not a panic") };
    assert!(message.starts_with("the hostile plugin panics on purpose (at "), "{message}");
}

#[test]
fn an_error_keeps_its_text() {
    assert_eq!(second_step("error").0, Err(PluginError::Failed("the hostile plugin fails on purpose".into())));
}

#[test]
fn numbers_and_claims_are_the_hosts_to_judge() {
    assert!(second_step("nan").1.iter().all(|x| x.is_nan()));
    assert!(second_step("infinity").1.iter().all(|x| x.is_infinite()));
    assert_eq!(second_step("false-convergence").0, Ok(Status::Converged));
}

#[test]
fn a_spent_budget_stays_refused() {
    let (mut optimizer, mut toy, mut w) = (hostile("exceed-budget"), Toy::new(5.0), [2.0, 0.5]);
    for _ in 0..3 {
        assert_eq!(optimizer.step(&mut w, &mut toy), Ok(Status::Continue));
    }
    assert_eq!(toy.spent, 5.0);
}

#[test]
fn an_oracle_kept_past_the_step_answers_nothing() {
    let (mut optimizer, mut toy, mut w) = (hostile("oracle-after-step"), Toy::new(10.0), [2.0, 0.5]);
    let mut point = [0.0; 2];
    optimizer.step(&mut w, &mut toy).expect("nothing wrong yet");
    assert_eq!(optimizer.evaluation_point(&w, &mut point), Ok(()));
    assert_eq!(point, w);
    optimizer.step(&mut w, &mut toy).expect("the oracle is only kept");
    let spent = toy.spent;
    let Err(PluginError::Panicked(message)) = optimizer.evaluation_point(&w, &mut point) else { panic!("no error") };
    assert!(message.contains("answers only during a step"), "{message}");
    assert_eq!(toy.spent, spent);
}

#[test]
fn a_panic_of_the_host_passes_through_the_plugin() {
    let (mut optimizer, mut toy, mut w) = (hostile("none"), Toy { broken: true, ..Toy::new(10.0) }, [2.0, 0.5]);
    let step = std::panic::AssertUnwindSafe(|| optimizer.step(&mut w, &mut toy));
    let payload = std::panic::catch_unwind(step).expect_err("the toy panics");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the toy is broken"));
    toy.broken = false;
    assert_eq!(optimizer.step(&mut w, &mut toy), Ok(Status::Continue));
}
