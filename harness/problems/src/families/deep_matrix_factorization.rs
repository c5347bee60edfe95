use flatbench_records::{Dimensions, FactorizationKind, FamilyDescription};

use super::parts::findings::Findings;
use super::parts::matrix::{degrees_of_freedom, truth_rank};
use super::parts::observation::{held_out, held_out_count, targets};
use super::parts::parameters::{CaseParameters, noise, size, size_or};
use super::parts::truth_file::truth_file;
use super::parts::{anisotropy, matrix, scale, spectrum, truth, work};
use super::registry::{Drawn, Family};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::{DeepLinear, Factorization};
use crate::flatness::DeepFlatness;
use crate::model::ThroughMatrix;

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    parameters.extend([
        size_or("depth", "Number of layers, at least 2; `factor_rank` is the width of those between.", 2, 3),
        size("measurements", "Number of measurements.", 1),
        noise(),
        truth_file(),
    ]);
    parameters.extend(spectrum::parameters());
    FamilyDescription {
        name: "deep-matrix-factorization".to_owned(),
        description: "Recover a low-rank matrix from dense Gaussian measurements with a deep linear network."
            .to_owned(),
        loss: "f(W_1, …, W_L) = (1/m) Σ (⟨A_i, W_L ⋯ W_1⟩ − b_i)², A_i Gaussian".to_owned(),
        claim: "The flattest zero-loss point has about the smallest nuclear norm, for every depth.".to_owned(),
        source: "gatmiry2023inductive".to_owned(),
        factorization: FactorizationKind::Chain,
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: None,
        parameters,
    }
}

fn small_cases() -> Vec<CaseParameters> {
    vec![
        matrix::small(&[("measurements", 14.into()), ("depth", 2.into()), ("factor_rank", 3.into())]),
        matrix::small(&[("measurements", 14.into()), ("depth", 3.into())]),
        matrix::small(&[("measurements", 10.into()), ("depth", 4.into()), ("factor_rank", 3.into())]),
        matrix::small(&[("measurements", 14.into()), ("depth", 3.into()), ("truth_condition", 10.0.into())]),
    ]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.matrix_truth(p, data);
    matrix::warn_if_determined(p, findings);
    findings.depth(p, "layers", "layers");
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let (width, depth, rank) = (p.size("factor_rank"), p.size("depth"), truth_rank(p, rows, cols));
    let (m, noise) = (p.size("measurements"), p.real("noise"));
    let operator = anisotropy::matrices(1.0, (rows, cols), m, seed, "measurements");
    let set = |name: &str| {
        let operator = anisotropy::matrices(1.0, (rows, cols), held_out_count(m), seed, name);
        held_out(operator, &truth, noise, seed, name)
    };
    let factorization = || DeepLinear::new(rows, cols, width, depth);
    let targets = targets(&operator, &truth, noise, seed, "measurements");
    let flatness = DeepFlatness::new(&operator, factorization());
    let model = ThroughMatrix { operator, factorization: factorization() };
    Ok(Box::new(ComposedProblem {
        dimensions: Dimensions {
            depth: Some(depth),
            rows,
            cols,
            rank,
            factor_rank: width,
            measurements: m,
            parameters: model.factorization.blocks().iter().map(|block| block.len()).sum(),
            oversampling: rank.map(|rank| m as f64 / degrees_of_freedom(rows, cols, rank)),
        },
        model,
        residual: Residual::Targets(targets),
        flatness,
        validation: set("validation"),
        test: set("test"),
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::deep_linear(rows, cols, width, depth),
    }))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [rows, cols, width, depth, m] = p.sizes(["rows", "cols", "factor_rank", "depth", "measurements"]);
    work::dense(m, rows, cols) + work::chain(rows, cols, width, depth)
}
