//! Instances by family and size.

use std::collections::BTreeMap;

use flatbench_problems::{Problem, draw};
use flatbench_records::{Case, Init, Value};

/// An instance of a family; sizes by name, completion and robust PCA with their usual rates.
pub fn instance(family: &str, sizes: &[(&str, usize)]) -> Box<dyn Problem> {
    let mut parameters: BTreeMap<String, Value> =
        sizes.iter().map(|(name, n)| ((*name).to_owned(), Value::Integer(*n as i64))).collect();
    let rate = match family {
        "matrix-completion" => Some(("sampling_rate", 0.5)),
        "robust-pca" => Some(("outlier_fraction", 0.05)),
        _ => None,
    };
    parameters.extend(rate.map(|(name, value)| (name.to_owned(), Value::Real(value))));
    let case = Case { name: family.to_owned(), family: family.to_owned(), parameters, init: Init::Large, budget: 1.0 };
    draw(&case, 1, None).unwrap_or_else(|error| panic!("{family}: {error}"))
}

/// d × d, rank 2, full width, m measurements where the family takes them.
pub fn square(family: &str, d: usize, m: usize) -> Box<dyn Problem> {
    let sensing = [("rows", d), ("cols", d), ("rank", 2), ("factor_rank", d), ("measurements", m), ("depth", 3)];
    match family {
        "matrix-sensing" | "bilinear-sensing" => instance(family, &sensing[..5]),
        "deep-matrix-factorization" => instance(family, &sensing),
        "matrix-completion" | "robust-pca" => instance(family, &sensing[..4]),
        "quadratic-network" => {
            instance(family, &[("dimension", d), ("rank_positive", 2), ("rank_negative", 1), ("measurements", m)])
        }
        "covariance-estimation" => instance(family, &[("dimension", d), ("rank", 2), ("measurements", m)]),
        _ => instance(family, &[("dimension", d), ("sparsity", 5), ("measurements", m)]),
    }
}
