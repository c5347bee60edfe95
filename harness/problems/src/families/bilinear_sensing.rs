use flatbench_records::{FactorizationKind, FamilyDescription};

use super::parts::findings::Findings;
use super::parts::matrix::{dimensions, truth_rank};
use super::parts::observation::{held_out, held_out_count, targets};
use super::parts::parameters::{CaseParameters, noise, size};
use super::parts::truth_file::truth_file;
use super::parts::{anisotropy, matrix, scale, spectrum, truth, work};
use super::registry::{Drawn, Family};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::LeftRight;
use crate::flatness::BilinearFlatness;
use crate::model::{RankOneFactors, ThroughMatrix};
use crate::operator::{MeasurementOperator, RankOne};

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    let measurements = size("measurements", "Number of measurements.", 1);
    parameters.extend([measurements, anisotropy::of_vectors(), noise(), truth_file()]);
    parameters.extend(spectrum::parameters());
    FamilyDescription {
        name: "bilinear-sensing".to_owned(),
        description: "Recover a low-rank matrix from products a_iᵀ X b_i with Gaussian vectors.".to_owned(),
        loss: "f(L, R) = (1/m) Σ (a_iᵀ L Rᵀ b_i − y_i)², a_i and b_i Gaussian vectors".to_owned(),
        claim: "The flattest zero-loss point is the ground truth once m ≥ c·r(d1 + d2).".to_owned(),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::LeftRight,
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: None,
        parameters,
    }
}

fn small_cases() -> Vec<CaseParameters> {
    vec![
        matrix::small(&[("measurements", 14.into()), ("noise", 0.1.into())]),
        matrix::small(&[("measurements", 14.into()), ("truth_tail", 0.1.into())]),
        matrix::small(&[("measurements", 14.into()), ("condition_number", 100.0.into())]),
    ]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    anisotropy::settle(p);
    findings.matrix_truth(p, data);
    matrix::warn_if_determined(p, findings);
}

fn operator(condition: f64, (rows, cols): (usize, usize), count: usize, seed: u64, name: &str) -> RankOne {
    let left = anisotropy::vectors(condition, rows, count, seed, &format!("{name}-left"));
    let right = anisotropy::vectors(condition, cols, count, seed, &format!("{name}-right"));
    RankOne::new(rows, cols, left, right)
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let (width, m, noise) = (p.size("factor_rank"), p.size("measurements"), p.real("noise"));
    let condition = anisotropy::condition(p);
    let measured = operator(condition, (rows, cols), m, seed, "measurements");
    let set = |name: &str| {
        let operator = operator(condition, (rows, cols), held_out_count(m), seed, name);
        held_out(operator, &truth, noise, seed, name)
    };
    let flatness = BilinearFlatness::new(measured.moments(), m, width);
    let instance = ComposedProblem {
        dimensions: dimensions(rows, cols, truth_rank(p, rows, cols), width, m),
        residual: Residual::Targets(targets(&measured, &truth, noise, seed, "measurements")),
        validation: set("validation"),
        test: set("test"),
        model: (),
        flatness,
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::left_right(rows, cols, width),
    };
    let (operator, factors) = (measured, LeftRight::new(rows, cols, width));
    Ok(if RankOneFactors::is_shorter(rows, cols, width, m) {
        Box::new(instance.with(RankOneFactors { operator, factors }))
    } else {
        Box::new(instance.with(ThroughMatrix { operator, factorization: factors }))
    })
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [rows, cols, width, m] = p.sizes(["rows", "cols", "factor_rank", "measurements"]);
    work::rank_one(m, rows, cols, width)
}
