use flatbench_records::{FactorizationKind, FamilyDescription};
use ndarray::Array2;
use rand::seq::SliceRandom;

use super::parts::findings::Findings;
use super::parts::matrix::{dimensions, truth_rank};
use super::parts::observation::{held_out, held_out_count, targets};
use super::parts::parameters::{CaseParameters, or, real, size};
use super::parts::truth_file::truth_file;
use super::parts::{anisotropy, matrix, scale, spectrum, truth, work};
use super::registry::{Drawn, Family};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::LeftRight;
use crate::flatness::BilinearFlatness;
use crate::model::ThroughMatrix;
use crate::operator::{MeasurementOperator, Moment};
use crate::randomness::{sample_normal, stream};

/// Matrix sensing with outliers among the measurements and the loss f(L, R) = (1/m) Σ |⟨A_i, L Rᵀ⟩ − b_i| − f*, f* the mean absolute
/// outlier: that at the truth, which is the least one where outliers are few and measurements many. So f is zero at the truth, and an
/// optimizer knows the optimal value without being told.
///
/// The gradient is that of the pieces on which f is smooth; where a residual is zero, its sign counts as zero, the element of least
/// norm of the subdifferential [−1, 1]. Second derivatives are zero on the diagonal in every smooth piece and do not exist where f is
/// least, so that nothing that is made of them is answered.
pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    parameters.extend([
        size("measurements", "Number of measurements.", 1),
        real("outlier_fraction", "Part of the measurements that are corrupted.", 0.0, Some(0.5), false),
        or(
            real(
                "outlier_scale",
                "Standard deviation of the Gaussian corruptions, as a multiple of the root mean square of the clean measurements.",
                0.0,
                None,
                true,
            ),
            10.0,
        ),
        truth_file(),
    ]);
    parameters.extend(spectrum::parameters());
    FamilyDescription {
        name: "robust-sensing".to_owned(),
        description: "Recover a low-rank matrix from dense Gaussian measurements, some of them grossly corrupted, by absolute values."
            .to_owned(),
        loss: "f(L, R) = (1/m) Σ |⟨A_i, L Rᵀ⟩ − b_i| − f*, A_i Gaussian, f* the same mean at the truth".to_owned(),
        claim: "The ground truth is a sharp minimum, which subgradient descent with Polyak's step reaches from nearby, where outliers \
                are few. Flatness by second derivatives does not exist."
            .to_owned(),
        source: "charisopoulos2021lowrank".to_owned(),
        factorization: FactorizationKind::LeftRight,
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: None,
        parameters,
    }
}

fn small_cases() -> Vec<CaseParameters> {
    vec![matrix::small(&[("measurements", 40.into()), ("factor_rank", 3.into()), ("outlier_fraction", 0.2.into())])]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.matrix_truth(p, data);
    let [rows, cols, width, m] = p.sizes(["rows", "cols", "factor_rank", "measurements"]);
    let width = width.min(rows).min(cols);
    let freedom = (width * (rows + cols - width)) as f64;
    let corrupted = p.0.get("outlier_fraction").and_then(flatbench_records::Value::as_real).unwrap_or(0.0);
    if corrupted > 0.0 && (m as f64) * (1.0 - corrupted) <= freedom {
        findings.warn(format!(
            "{m} measurements, {} of them without an outlier, leave factors of {width} columns room to fit outliers too ({freedom} \
             degrees of freedom): the truth need not be where the loss is least, and the loss may become negative",
            ((1.0 - corrupted) * m as f64).round()
        ));
    }
}

/// Adds Gaussian numbers to round(fraction·m) of the targets, chosen without replacement; returns the mean absolute one.
fn corrupt(p: &CaseParameters, targets: &mut [f64], seed: u64) -> f64 {
    let m = targets.len();
    let count = (p.real("outlier_fraction") * m as f64).round() as usize;
    let mut order: Vec<usize> = (0..m).collect();
    order.shuffle(&mut stream(seed, "outlier-positions"));
    let sigma = p.real("outlier_scale") * (targets.iter().map(|b| b * b).sum::<f64>() / m as f64).sqrt();
    let mut values = stream(seed, "outlier-values");
    let mut total = 0.0;
    for &i in &order[..count] {
        let outlier = sigma * sample_normal(&mut values);
        targets[i] += outlier;
        total += outlier.abs();
    }
    total / m as f64
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth: Array2<f64> = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let (width, m) = (p.size("factor_rank"), p.size("measurements"));
    let draw = |count, name: &str| anisotropy::matrices(1.0, (rows, cols), count, seed, name);
    // What is held out has no outliers, which would drown the errors that it is there to show.
    let set = |name: &str| held_out(draw(held_out_count(m), name), &truth, 0.0, seed, name);
    let operator = draw(m, "measurements");
    let mut targets = targets(&operator, &truth, 0.0, seed, "measurements");
    let least = corrupt(p, &mut targets, seed);
    let ones = |n| Moment::Diagonal(vec![1.0; n]);
    Ok(Box::new(ComposedProblem {
        dimensions: dimensions(rows, cols, truth_rank(p, rows, cols), width, m),
        residual: Residual::Absolute { targets, least },
        validation: set("validation"),
        test: set("test"),
        // For balanced factors alone: of flatness nothing is asked.
        flatness: BilinearFlatness::new((ones(rows), ones(cols)), operator.count(), width),
        model: ThroughMatrix { operator, factorization: LeftRight::new(rows, cols, width) },
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::left_right(rows, cols, width),
    }))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [rows, cols, width, m] = p.sizes(["rows", "cols", "factor_rank", "measurements"]);
    work::dense(m, rows, cols) + work::left_right(rows, cols, width)
}
