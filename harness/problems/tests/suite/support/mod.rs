//! Small cases of every family, and the loss of each written a second time, plainly, over numbers that carry derivatives.

pub mod hyperdual;
pub mod naive;

use std::collections::BTreeMap;

use flatbench_problems::limit::{LIMIT_LOSS, limit_point};
use flatbench_problems::{Problem, draw};
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
    Case { name: family.to_owned(), family: family.to_owned(), parameters, init: Init::Large, budget: 1.0 }
}

pub fn drawn(case: &Case, seed: u64) -> Box<dyn Problem> {
    draw(case, seed, None).unwrap_or_else(|error| panic!("{error}"))
}

/// The point next to `start` with f ≤ `tolerance`, if there is one.
pub fn zero_loss_point(problem: &dyn Problem, start: &[f64], tolerance: f64) -> Option<Vec<f64>> {
    let measurements = problem.dimensions().measurements;
    let point = limit_point(&mut *problem.evaluator(), start, measurements, tolerance / LIMIT_LOSS);
    point.failure.is_none().then_some(point.w)
}

/// Every family at small sizes, square and not, narrow and wide, with and without noise.
pub fn small_cases() -> Vec<Case> {
    let matrix = [("rows", "5"), ("cols", "4"), ("rank", "2")];
    let with = |more: &[(&'static str, &'static str)]| [&matrix[..], more].concat();
    vec![
        case("matrix-sensing", &with(&[("measurements", "14")])),
        case("matrix-sensing", &with(&[("measurements", "13"), ("factor_rank", "3"), ("condition_number", "100.0")])),
        case(
            "matrix-sensing",
            &[("rows", "3"), ("cols", "7"), ("rank", "1"), ("factor_rank", "9"), ("measurements", "12")],
        ),
        case("bilinear-sensing", &with(&[("measurements", "14"), ("noise", "0.1")])),
        case("matrix-completion", &with(&[("sampling_rate", "0.7")])),
        case("matrix-completion", &with(&[("sampling_rate", "0.6"), ("sampling", "power-law"), ("factor_rank", "9")])),
        case("robust-pca", &with(&[("outlier_fraction", "0.2")])),
        case("covariance-estimation", &[("dimension", "5"), ("rank", "2"), ("measurements", "9")]),
        case(
            "covariance-estimation",
            &[("dimension", "5"), ("rank", "2"), ("factor_rank", "3"), ("measurements", "8")],
        ),
        case("phase-retrieval", &[("dimension", "5"), ("measurements", "8")]),
        case(
            "quadratic-network",
            &[("dimension", "5"), ("rank_positive", "2"), ("rank_negative", "1"), ("measurements", "11")],
        ),
        case(
            "quadratic-network",
            &[
                ("dimension", "4"),
                ("rank_positive", "1"),
                ("rank_negative", "1"),
                ("width_positive", "2"),
                ("width_negative", "3"),
                ("measurements", "7"),
            ],
        ),
        case("deep-matrix-factorization", &with(&[("measurements", "14"), ("depth", "2"), ("factor_rank", "3")])),
        case("deep-matrix-factorization", &with(&[("measurements", "14"), ("depth", "3")])),
        case("deep-matrix-factorization", &with(&[("measurements", "10"), ("depth", "4"), ("factor_rank", "3")])),
        case("deep-sparse-recovery", &[("dimension", "8"), ("sparsity", "2"), ("measurements", "5")]),
        case("deep-sparse-recovery", &[("dimension", "7"), ("sparsity", "2"), ("measurements", "5"), ("depth", "3")]),
        case("deep-sparse-recovery", &[("dimension", "5"), ("sparsity", "2"), ("measurements", "3"), ("depth", "4")]),
    ]
}

/// ‖a − b‖ relative to ‖b‖, or to `floor` where that is larger.
pub fn relative_difference(a: &[f64], b: &[f64], floor: f64) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied()).max(floor)
}
