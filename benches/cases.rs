//! Instances by family and size.

use std::collections::BTreeMap;

use flatbench_problems::{Problem, catalog, draw};
use flatbench_records::{Case, Init, Value};

/// How much is measured, or corrupted, where that is no number of measurements.
const RATES: [(&str, f64); 2] = [("sampling_rate", 0.5), ("outlier_fraction", 0.05)];

/// An instance of a family: sizes by name, rates as usual.
///
/// # Panics
/// Where the family does not take these, or not these alone.
pub fn instance(family: &str, sizes: &[(&str, usize)]) -> Box<dyn Problem> {
    let sizes = sizes.iter().map(|(name, n)| ((*name).to_owned(), Value::Integer(*n as i64)));
    let rates = RATES.map(|(name, rate)| (name.to_owned(), Value::Real(rate)));
    let takes = parameters_of(family);
    let parameters: BTreeMap<String, Value> =
        rates.into_iter().filter(|(name, _)| takes.contains(name)).chain(sizes).collect();
    let case = Case {
        name: family.to_owned(),
        family: family.to_owned(),
        parameters,
        init: Init::Large,
        budget: 1.0,
        ..Case::default()
    };
    draw(&case, 1, None).unwrap_or_else(|error| panic!("benches/cases.rs lacks what `{family}` needs: {error}"))
}

/// d × d, of low rank and full width, m measurements where the family takes them.
///
/// # Panics
/// Where the family needs to know more.
pub fn square(family: &str, d: usize, m: usize) -> Box<dyn Problem> {
    let sides = ["rows", "cols", "dimension"].map(|name| (name, d));
    let ranks = [("rank", 2), ("rank_positive", 2), ("rank_negative", 1), ("sparsity", 5)];
    let takes = parameters_of(family);
    let sizes = sides.into_iter().chain(ranks).chain([("measurements", m)]);
    instance(family, &sizes.filter(|(name, _)| takes.iter().any(|known| known == name)).collect::<Vec<_>>())
}

fn parameters_of(family: &str) -> Vec<String> {
    let known = catalog().into_iter().find(|known| known.name == family);
    let description = known.unwrap_or_else(|| panic!("there is no family `{family}`"));
    description.parameters.into_iter().map(|parameter| parameter.name).collect()
}
