use flatbench_records::{Dimensions, FamilyDescription};
use ndarray::Array2;

use super::findings::Findings;
use super::observation::{held_out, held_out_count, targets};
use super::parameters::{Parameters, derived_size, file, noise, or, real, size};
use super::registry::{Drawn, Family};
use super::{scale, truth};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::LeftRight;
use crate::flatness::BilinearFlatness;
use crate::model::ThroughMatrix;
use crate::operator::{Dense, MeasurementOperator};
use crate::randomness::{sample_normal, stream};

pub(super) const FAMILY: Family = Family { describe, resolve, draw };

/// Parameters of a factored matrix, shared by the families that recover one.
pub(super) fn matrix_parameters() -> Vec<flatbench_records::Parameter> {
    vec![
        derived_size("rows", "Rows of the ground truth."),
        derived_size("cols", "Columns of the ground truth."),
        derived_size("rank", "Rank of the ground truth."),
        derived_size("factor_rank", "Width of the factors; the smaller of rows and columns by default."),
    ]
}

/// The ground-truth file, for families whose truth is a matrix.
pub(super) fn truth_file() -> flatbench_records::Parameter {
    file("truth_file", "A matrix to use as ground truth, divided by its Frobenius norm; decides rows, cols and rank.")
}

fn describe() -> FamilyDescription {
    let mut parameters = matrix_parameters();
    parameters.push(size("measurements", "Number of measurements.", 1));
    let condition = "Condition number κ of the covariance on each side: A_i = C^½ G_i C^½ with C diagonal, its \
                     eigenvalues falling geometrically from 1 to 1/κ. 1 is isotropic.";
    parameters.push(or(real("condition_number", condition, 1.0, None, false), 1.0));
    parameters.extend([noise(), truth_file()]);
    FamilyDescription {
        name: "matrix-sensing".to_owned(),
        description: "Recover a low-rank matrix from dense Gaussian measurements.".to_owned(),
        loss: "f(L, R) = (1/m) Σ (⟨A_i, L Rᵀ⟩ − b_i)², A_i Gaussian".to_owned(),
        claim: "The flattest zero-loss point is the ground truth once m ≥ c·r(d1 + d2).".to_owned(),
        source: "ding2024flat".to_owned(),
        parameters,
    }
}

fn resolve(p: &mut Parameters, data: Option<&Data>, findings: &mut Findings) {
    findings.matrix_truth(p, data);
    warn_if_determined(p, findings);
}

/// A warning where the measurements determine X, so that every interpolant is the truth.
pub(super) fn warn_if_determined(p: &Parameters, findings: &mut Findings) {
    if let (Some(rows), Some(cols), Some(m)) = (p.size_if("rows"), p.size_if("cols"), p.size_if("measurements"))
        && m >= rows * cols
    {
        findings.warn(format!("{m} measurements determine a {rows} × {cols} matrix: every interpolant is the truth"));
    }
}

/// Degrees of freedom of a rank-r matrix, r(d1 + d2 − r).
pub(super) fn degrees_of_freedom(rows: usize, cols: usize, rank: usize) -> f64 {
    (rank * (rows + cols - rank)) as f64
}

/// Sizes of an instance with X = L Rᵀ.
pub(super) fn dimensions(rows: usize, cols: usize, rank: Option<usize>, width: usize, m: usize) -> Dimensions {
    Dimensions {
        depth: None,
        rows,
        cols,
        rank,
        factor_rank: width,
        measurements: m,
        parameters: (rows + cols) * width,
        oversampling: rank.map(|rank| m as f64 / degrees_of_freedom(rows, cols, rank)),
    }
}

/// C^½ on one side: from 1 down to κ^{−½}, geometrically.
fn side_roots(size: usize, condition_number: f64) -> Vec<f64> {
    let steps = size.saturating_sub(1).max(1) as f64;
    (0..size).map(|i| condition_number.powf(-0.5 * i as f64 / steps)).collect()
}

/// Gaussian measurement matrices from the stream `name`.
pub(super) fn gaussian_operator(p: &Parameters, shape: (usize, usize), count: usize, seed: u64, name: &str) -> Dense {
    let condition = p.0.get("condition_number").and_then(flatbench_records::Value::as_real).unwrap_or(1.0);
    let (left, right) = (side_roots(shape.0, condition), side_roots(shape.1, condition));
    let mut rng = stream(seed, name);
    Dense::from_entries(count, shape.0, shape.1, |i, j| left[i] * sample_normal(&mut rng) * right[j])
}

fn draw(p: &Parameters, seed: u64, data: Option<&Data>) -> Drawn {
    let truth: Array2<f64> = truth::matrix(p, seed, data)?;
    let (rows, cols) = truth.dim();
    let (width, m, noise) = (p.size("factor_rank"), p.size("measurements"), p.real("noise"));
    let operator = gaussian_operator(p, (rows, cols), m, seed, "measurements");
    let set = |name: &str| {
        let operator = gaussian_operator(p, (rows, cols), held_out_count(m), seed, name);
        held_out(operator, &truth, noise, seed, name)
    };
    let flatness = BilinearFlatness::new(operator.moments(), m, width);
    Ok(Box::new(ComposedProblem {
        dimensions: dimensions(rows, cols, Some(p.size("rank")), width, m),
        residual: Residual::Targets(targets(&operator, &truth, noise, seed, "measurements")),
        validation: set("validation"),
        test: set("test"),
        model: ThroughMatrix { operator, factorization: LeftRight::new(rows, cols, width) },
        flatness,
        truth: Some(truth),
        large_deviation: scale::left_right(rows, cols, width),
    }))
}
