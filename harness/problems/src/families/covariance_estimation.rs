use flatbench_records::{Dimensions, FamilyDescription};

use super::findings::Findings;
use super::matrix_sensing::truth_file;
use super::observation::{held_out, held_out_count, targets};
use super::parameters::{Parameters, derived_size, noise, size};
use super::registry::{Drawn, Family};
use super::{scale, truth};
use crate::composed::{ComposedProblem, Residual};
use crate::data::Data;
use crate::factorization::{Factorization, SignedGram};
use crate::flatness::GramFlatness;
use crate::model::{GramFactors, ThroughMatrix};
use crate::operator::{MeasurementOperator, SymmetricRankOne};
use crate::problem::Problem;
use crate::randomness::gaussians;

pub(super) const COVARIANCE: Family =
    Family { describe: describe_covariance, resolve: resolve_covariance, draw: draw_covariance };

/// Covariance estimation with a truth of rank one.
pub(super) const PHASE: Family = Family { describe: describe_phase, resolve: resolve_phase, draw: draw_phase };

const CLAIM: &str = "Negative control: the trace of the Hessian is the same at every zero-loss point.";

fn describe_covariance() -> FamilyDescription {
    FamilyDescription {
        name: "covariance-estimation".to_owned(),
        description: "Recover a low-rank positive semidefinite matrix from quadratic measurements x_iᵀ X x_i."
            .to_owned(),
        loss: "f(U) = (1/m) Σ (‖Uᵀx_i‖² − y_i)², x_i Gaussian vectors".to_owned(),
        claim: CLAIM.to_owned(),
        source: "ding2024flat".to_owned(),
        parameters: vec![
            derived_size("dimension", "Rows and columns of the ground truth."),
            derived_size("rank", "Rank of the ground truth."),
            derived_size("factor_rank", "Columns of U; the dimension by default."),
            size("measurements", "Number of measurements.", 1),
            noise(),
            truth_file(),
        ],
    }
}

fn describe_phase() -> FamilyDescription {
    let covariance = describe_covariance();
    FamilyDescription {
        name: "phase-retrieval".to_owned(),
        description: "Recover a vector, up to its sign, from the squares (x_iᵀ u)²: covariance estimation of rank one."
            .to_owned(),
        parameters: vec![
            size("dimension", "Length of the vector.", 1),
            derived_size("factor_rank", "Columns of U; the dimension by default."),
            size("measurements", "Number of measurements.", 1),
            noise(),
        ],
        ..covariance
    }
}

fn resolve_covariance(p: &mut Parameters, data: Option<&Data>, findings: &mut Findings) {
    findings.symmetric_truth(p, data, &["rank"]);
    resolve_width(p, findings);
    findings.at_most(p, "rank", "dimension");
    findings.at_most(p, "rank", "factor_rank");
}

fn resolve_phase(p: &mut Parameters, _: Option<&Data>, findings: &mut Findings) {
    resolve_width(p, findings);
}

fn resolve_width(p: &mut Parameters, findings: &mut Findings) {
    if let Some(dimension) = p.size_if("dimension") {
        p.derive("factor_rank", dimension);
    }
    warn_if_determined(p, findings);
}

/// A warning where the measurements determine a symmetric matrix.
pub(super) fn warn_if_determined(p: &Parameters, findings: &mut Findings) {
    if let (Some(d), Some(m)) = (p.size_if("dimension"), p.size_if("measurements"))
        && m >= d * (d + 1) / 2
    {
        findings.warn(format!(
            "{m} measurements determine a symmetric {d} × {d} matrix (at least d(d + 1)/2 = {}): every interpolant is the \
             truth",
            d * (d + 1) / 2
        ));
    }
}

/// Gaussian vectors from the stream `name`.
pub(super) fn operator(dimension: usize, count: usize, seed: u64, name: &str) -> SymmetricRankOne {
    SymmetricRankOne::new(dimension, gaussians(seed, name, count * dimension, 1.0))
}

/// Degrees of freedom of a symmetric d × d matrix of rank r, rd − r(r − 1)/2.
pub(super) fn degrees_of_freedom(dimension: usize, rank: usize) -> f64 {
    (rank * dimension) as f64 - (rank * rank.saturating_sub(1)) as f64 / 2.0
}

fn draw_covariance(p: &Parameters, seed: u64, data: Option<&Data>) -> Drawn {
    draw(p, p.size("rank"), seed, data)
}

fn draw_phase(p: &Parameters, seed: u64, data: Option<&Data>) -> Drawn {
    draw(p, 1, seed, data)
}

fn draw(p: &Parameters, rank: usize, seed: u64, data: Option<&Data>) -> Drawn {
    let (d, width, m, noise) = (p.size("dimension"), p.size("factor_rank"), p.size("measurements"), p.real("noise"));
    let truth = truth::symmetric(d, rank, 0, seed, data)?;
    let measured = operator(d, m, seed, "measurements");
    let targets = targets(&measured, &truth, noise, seed, "measurements");
    let set = |name: &str| held_out(operator(d, held_out_count(m), seed, name), &truth, noise, seed, name);
    let (moment, _) = measured.moments();
    let traces = measured.traces();
    let factors = SignedGram::positive(d, width);
    let instance = ComposedProblem {
        dimensions: Dimensions {
            depth: None,
            rows: d,
            cols: d,
            rank: Some(rank),
            factor_rank: width,
            measurements: m,
            parameters: d * width,
            oversampling: Some(m as f64 / degrees_of_freedom(d, rank)),
        },
        flatness: GramFlatness::new(&moment, traces, factors.signs(), factors.blocks(), &targets),
        model: (),
        residual: Residual::Targets(targets),
        validation: set("validation"),
        test: set("test"),
        truth: Some(truth),
        large_deviation: scale::gram(d, width, 0),
    };
    Ok(with_gram(instance, measured, factors))
}

/// The instance with whichever way to its predictions is less work.
pub(super) fn with_gram(
    instance: ComposedProblem<(), GramFlatness>,
    operator: SymmetricRankOne,
    factors: SignedGram,
) -> Box<dyn Problem> {
    if GramFactors::is_shorter(operator.rows(), factors.width(), operator.count()) {
        Box::new(instance.with(GramFactors { operator, factors }))
    } else {
        Box::new(instance.with(ThroughMatrix { operator, factorization: factors }))
    }
}
