//! Families that recover a symmetric matrix from quadratic measurements x_iᵀ X x_i.

use flatbench_records::Dimensions;
use ndarray::Array2;

use super::anisotropy;
use super::findings::Findings;
use super::observation::{held_out, held_out_count, targets};
use super::parameters::CaseParameters;
use super::spectrum::Spectrum;
use crate::composed::{ComposedProblem, Residual};
use crate::factorization::{Factorization, SignedGram};
use crate::flatness::GramFlatness;
use crate::model::{GramFactors, ThroughMatrix};
use crate::operator::{MeasurementOperator, SymmetricRankOne};
use crate::problem::Problem;

/// A warning where the measurements determine a symmetric matrix.
pub(crate) fn warn_if_determined(p: &CaseParameters, findings: &mut Findings) {
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

/// Degrees of freedom of a symmetric d × d matrix of rank r, rd − r(r − 1)/2.
fn degrees_of_freedom(dimension: usize, rank: usize) -> f64 {
    (rank * dimension) as f64 - (rank * rank.saturating_sub(1)) as f64 / 2.0
}

/// Measurements by Gaussian vectors from the stream `name`.
fn gaussian_vectors(condition: f64, dimension: usize, count: usize, seed: u64, name: &str) -> SymmetricRankOne {
    SymmetricRankOne::new(dimension, anisotropy::vectors(condition, dimension, count, seed, name))
}

/// Quadratic measurements of a symmetric truth whose leading part has the given rank, for factors whose large starting points have entries of
/// that deviation; with whichever way to predictions is less work.
pub(crate) fn drawn(
    p: &CaseParameters,
    truth: Array2<f64>,
    rank: usize,
    factors: SignedGram,
    large_deviation: f64,
    seed: u64,
) -> Box<dyn Problem> {
    let (d, m, noise) = (truth.nrows(), p.size("measurements"), p.real("noise"));
    let rank = Spectrum::of(p).rank(rank, d);
    let condition = anisotropy::condition(p);
    let operator = gaussian_vectors(condition, d, m, seed, "measurements");
    let targets = targets(&operator, &truth, noise, seed, "measurements");
    let set = |name: &str| {
        let operator = gaussian_vectors(condition, d, held_out_count(m), seed, name);
        held_out(operator, &truth, noise, seed, name)
    };
    let (moment, _) = operator.moments();
    let instance = ComposedProblem {
        dimensions: Dimensions {
            depth: None,
            rows: d,
            cols: d,
            rank: Some(rank),
            factor_rank: factors.width(),
            measurements: m,
            parameters: d * factors.width(),
            oversampling: Some(m as f64 / degrees_of_freedom(d, rank)),
        },
        flatness: GramFlatness::new(&moment, operator.traces(), factors.signs(), factors.blocks(), &targets),
        model: (),
        residual: Residual::Targets(targets),
        validation: set("validation"),
        test: set("test"),
        truth: Some(truth),
        standardization: None,
        large_deviation,
    };
    if GramFactors::is_shorter(d, factors.width(), m) {
        Box::new(instance.with(GramFactors { operator, factors }))
    } else {
        Box::new(instance.with(ThroughMatrix { operator, factorization: factors }))
    }
}
