//! Cases and points, and the loss of every family written a second time, plainly, over numbers that carry derivatives.

pub mod flow;
pub mod hyperdual;
pub mod naive;

use std::collections::BTreeMap;

use flatbench_problems::limit::{LIMIT_LOSS, limit_point};
use flatbench_problems::{Problem, draw, small_cases};
use flatbench_records::{Case, Init, Value};

/// A case from (name, value) pairs, whole numbers and reals told apart by a point.
pub fn case(family: &str, parameters: &[(&str, &str)]) -> Case {
    let parameters: BTreeMap<String, Value> = parameters
        .iter()
        .map(|(name, text)| {
            let value = match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(n), _) => Value::Integer(n),
                (_, Ok(x)) => Value::Real(x),
                _ => Value::Text((*text).to_owned()),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    Case {
        name: family.to_owned(),
        family: family.to_owned(),
        parameters,
        init: Init::Large,
        budget: 1.0,
        ..Case::default()
    }
}

/// Small cases whose loss is a mean of squares.
pub fn smooth_cases() -> impl Iterator<Item = Case> {
    small_cases().into_iter().filter(|case| drawn(case, 0).least_absolute().is_none())
}

pub fn drawn(case: &Case, seed: u64) -> Box<dyn Problem> {
    draw(case, seed, None).unwrap_or_else(|error| panic!("{error}"))
}

/// The point next to `start` with f ≤ `tolerance`, if there is one.
pub fn zero_loss_point(problem: &dyn Problem, start: &[f64], tolerance: f64) -> Option<Vec<f64>> {
    let point = limit_point(problem, &mut *problem.evaluator(), start, tolerance / LIMIT_LOSS, 10_000);
    point.failure.is_none().then_some(point.w)
}

/// ‖a − b‖ relative to ‖b‖, or to `floor` where that is larger.
pub fn relative_difference(a: &[f64], b: &[f64], floor: f64) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied()).max(floor)
}
