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
use crate::model::ThroughMatrix;
use crate::operator::MeasurementOperator;

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    parameters.push(size("measurements", "Number of measurements.", 1));
    parameters.extend([anisotropy::of_matrices(), noise(), truth_file()]);
    parameters.extend(spectrum::parameters());
    FamilyDescription {
        name: "matrix-sensing".to_owned(),
        description: "Recover a low-rank matrix from dense Gaussian measurements.".to_owned(),
        loss: "f(L, R) = (1/m) Σ (⟨A_i, L Rᵀ⟩ − b_i)², A_i Gaussian".to_owned(),
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
    let wide = [("rows", 3), ("cols", 7), ("rank", 1), ("factor_rank", 9), ("measurements", 12)];
    vec![
        matrix::small(&[("measurements", 14.into())]),
        matrix::small(&[("measurements", 13.into()), ("factor_rank", 3.into()), ("condition_number", 100.0.into())]),
        CaseParameters::new(wide.map(|(name, n)| (name, n.into()))),
        matrix::small(&[
            ("measurements", 14.into()),
            ("truth_condition", 10.0.into()),
            ("truth_tail", 0.1.into()),
            ("truth_noise", 0.05.into()),
        ]),
    ]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.matrix_truth(p, data);
    matrix::warn_if_determined(p, findings);
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let (width, m, noise) = (p.size("factor_rank"), p.size("measurements"), p.real("noise"));
    let condition = anisotropy::condition(p);
    let operator = anisotropy::matrices(condition, (rows, cols), m, seed, "measurements");
    let set = |name: &str| {
        let operator = anisotropy::matrices(condition, (rows, cols), held_out_count(m), seed, name);
        held_out(operator, &truth, noise, seed, name)
    };
    let flatness = BilinearFlatness::new(operator.moments(), m, width);
    Ok(Box::new(ComposedProblem {
        dimensions: dimensions(rows, cols, truth_rank(p, rows, cols), width, m),
        residual: Residual::Targets(targets(&operator, &truth, noise, seed, "measurements")),
        validation: set("validation"),
        test: set("test"),
        model: ThroughMatrix { operator, factorization: LeftRight::new(rows, cols, width) },
        flatness,
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::left_right(rows, cols, width),
    }))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [rows, cols, width, m] = p.sizes(["rows", "cols", "factor_rank", "measurements"]);
    work::dense(m, rows, cols) + work::left_right(rows, cols, width)
}
