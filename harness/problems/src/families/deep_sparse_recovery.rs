use flatbench_records::{Dimensions, FactorizationKind, FamilyDescription};
use ndarray::Array2;
use rand::seq::SliceRandom;

use super::parts::findings::Findings;
use super::parts::observation::{held_out, held_out_count, targets};
use super::parts::parameters::{CaseParameters, noise, optional, size, size_or};
use super::parts::truth_file::vector_truth_file;
use super::parts::{scale, truth, work};
use super::registry::{Drawn, Family};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::Hadamard;
use crate::flatness::HadamardFlatness;
use crate::model::ThroughMatrix;
use crate::operator::Dense;
use crate::randomness::{sample_normal, stream};

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    FamilyDescription {
        name: "deep-sparse-recovery".to_owned(),
        description: "Recover a sparse vector from Gaussian measurements as an entrywise product of vectors."
            .to_owned(),
        loss: "f(v_1, …, v_k) = (1/m) Σ (⟨a_i, v_1 ⊙ ⋯ ⊙ v_k⟩ − b_i)², a_i Gaussian".to_owned(),
        claim: "Two factors: the flattest zero-loss point is sparse. Three and more: it is not; depth hurts."
            .to_owned(),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::Hadamard,
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: None,
        parameters: vec![
            optional(size("dimension", "Length of the vector.", 1)),
            optional(size("sparsity", "Non-zero entries of the ground truth.", 1)),
            size_or("depth", "Number of factors k, at least 2.", 2, 2),
            size("measurements", "Number of measurements.", 1),
            noise(),
            vector_truth_file(),
        ],
    }
}

fn small_cases() -> Vec<CaseParameters> {
    let case = |dimension: i64, measurements: i64, depth: i64| {
        CaseParameters::new([
            ("dimension", dimension.into()),
            ("sparsity", 2.into()),
            ("measurements", measurements.into()),
            ("depth", depth.into()),
        ])
    };
    vec![case(8, 5, 2), case(7, 5, 3), case(5, 3, 4)]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.vector_truth(p, data);
    findings.depth(p, "factors", "numbers");
    if let (Some(n), Some(m)) = (p.size_if("dimension"), p.size_if("measurements"))
        && m >= n
    {
        findings.warn(format!("{m} measurements determine a vector of length {n}: every interpolant is the truth"));
    }
}

/// `sparsity` Gaussian entries at random places, over their norm; n × 1.
fn sparse_truth(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Result<Array2<f64>, String> {
    if let Some(data) = data {
        return Ok(truth::normalised(data.complete()?.into_owned()));
    }
    let mut order: Vec<usize> = (0..p.size("dimension")).collect();
    order.shuffle(&mut stream(seed, "truth-support"));
    let mut values = stream(seed, "truth-values");
    let mut vector = Array2::zeros((order.len(), 1));
    for &entry in &order[..p.size("sparsity")] {
        vector[[entry, 0]] = sample_normal(&mut values);
    }
    Ok(truth::normalised(vector))
}

fn operator(n: usize, count: usize, seed: u64, name: &str) -> Dense {
    let mut rng = stream(seed, name);
    Dense::from_entries(count, n, 1, |_, _| sample_normal(&mut rng))
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth = sparse_truth(p, seed, data)?;
    let (n, sparsity, depth) = (truth.nrows(), p.size("sparsity"), p.size("depth"));
    let (m, noise) = (p.size("measurements"), p.real("noise"));
    let measured = operator(n, m, seed, "measurements");
    let set = |name: &str| held_out(operator(n, held_out_count(m), seed, name), &truth, noise, seed, name);
    Ok(Box::new(ComposedProblem {
        dimensions: Dimensions {
            depth: Some(depth),
            rows: n,
            cols: 1,
            rank: Some(sparsity),
            factor_rank: 1,
            measurements: m,
            parameters: n * depth,
            oversampling: Some(m as f64 / sparsity as f64),
        },
        residual: Residual::Targets(targets(&measured, &truth, noise, seed, "measurements")),
        flatness: HadamardFlatness::new(measured.mean_squares(), depth),
        validation: set("validation"),
        test: set("test"),
        model: ThroughMatrix { operator: measured, factorization: Hadamard::new(n, depth) },
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::hadamard(n, depth),
    }))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [dimension, depth, m] = p.sizes(["dimension", "depth", "measurements"]);
    work::dense(m, dimension, 1) + work::left_right(dimension, 1, depth)
}
