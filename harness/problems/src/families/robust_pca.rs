use flatbench_records::{FactorizationKind, FamilyDescription, MeasurementAmount};
use ndarray::Array2;
use rand::seq::SliceRandom;

use super::parts::findings::Findings;
use super::parts::matrix::{dimensions, truth_rank};
use super::parts::parameters::{CaseParameters, or, real};
use super::parts::truth_file::truth_file;
use super::parts::{matrix, scale, spectrum, truth, work};
use super::registry::{Drawn, Family};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::LeftRight;
use crate::flatness::BilinearFlatness;
use crate::model::ThroughMatrix;
use crate::operator::{Identity, MeasurementOperator};
use crate::randomness::{sample_normal, stream};

/// Low rank plus sparse: Y = X* + S*, f(L, R) = dist²(Y − L Rᵀ, {‖S‖₁ ≤ ‖S*‖₁})/(d1 d2).
///
/// The loss is once continuously differentiable. Second derivatives are those of the smooth model with the sparse part S
/// held at its projection (Ding et al. 2024): there the loss is the mean square of X − (Y − S), whose Hessian has trace
/// (2/(d1 d2))(d1‖R‖² + d2‖L‖²). Gauss-Newton products are those of the loss itself.
pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    parameters.extend([
        real("outlier_fraction", "Part of the entries that are corrupted.", 0.0, Some(0.5), false),
        or(
            real(
                "outlier_scale",
                "Standard deviation of the Gaussian corruptions, as a multiple of the truth's root-mean-square entry.",
                0.0,
                None,
                true,
            ),
            10.0,
        ),
        truth_file(),
    ]);
    parameters.extend(spectrum::parameters());
    let amount = MeasurementAmount {
        parameter: "outlier_fraction".to_owned(),
        label: "share of outliers".to_owned(),
        harms: true,
    };
    FamilyDescription {
        name: "robust-pca".to_owned(),
        description: "Recover a low-rank matrix, all of whose entries are seen, some of them grossly corrupted."
            .to_owned(),
        loss: "f(L, R) = dist²(Y − L Rᵀ, {S: ‖S‖₁ ≤ ‖S*‖₁})/(d1 d2), Y = X* + S*".to_owned(),
        claim: "The flattest zero-loss point is the ground truth if every row and column has few outliers.".to_owned(),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::LeftRight,
        control: false,
        control_unless: None,
        zero_loss_interior: true,
        amount: Some(amount),
        parameters,
    }
}

fn small_cases() -> Vec<CaseParameters> {
    vec![
        matrix::small(&[("outlier_fraction", 0.2.into())]),
        matrix::small(&[("outlier_fraction", 0.2.into()), ("truth_condition", 10.0.into())]),
    ]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.matrix_truth(p, data);
    if p.0.contains_key("outlier_fraction") && p.real("outlier_fraction") == 0.0 {
        findings.warn("without outliers the only zero-loss matrix is the truth");
    }
}

/// S*: round(fraction·d1·d2) entries chosen without replacement, Gaussian.
fn outliers(p: &CaseParameters, (rows, cols): (usize, usize), seed: u64) -> Array2<f64> {
    let count = (p.real("outlier_fraction") * (rows * cols) as f64).round() as usize;
    let mut order: Vec<usize> = (0..rows * cols).collect();
    order.shuffle(&mut stream(seed, "outlier-positions"));
    let sigma = p.real("outlier_scale") / ((rows * cols) as f64).sqrt();
    let mut values = stream(seed, "outlier-values");
    let mut sparse = Array2::zeros((rows, cols));
    for &entry in &order[..count] {
        sparse[[entry / cols, entry % cols]] = sigma * sample_normal(&mut values);
    }
    sparse
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let width = p.size("factor_rank");
    let sparse = outliers(p, (rows, cols), seed);
    let radius: f64 = sparse.iter().map(|x| x.abs()).sum();
    let observed = &truth + &sparse;
    let operator = Identity::new(rows, cols);
    let flatness = BilinearFlatness::new(operator.moments(), operator.count(), width);
    Ok(Box::new(ComposedProblem {
        dimensions: dimensions(rows, cols, truth_rank(p, rows, cols), width, rows * cols),
        residual: Residual::Ball { observed: observed.iter().copied().collect(), radius },
        flatness: flatness.with_ball(observed, radius),
        model: ThroughMatrix { operator, factorization: LeftRight::new(rows, cols, width) },
        validation: None,
        test: None,
        truth: Some(truth),
        standardization: None,
        large_deviation: scale::left_right(rows, cols, width),
    }))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [rows, cols, width] = p.sizes(["rows", "cols", "factor_rank"]);
    work::entries(rows as f64 * cols as f64, rows, cols, width)
}
