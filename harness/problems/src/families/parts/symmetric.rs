//! Families that recover a symmetric matrix from quadratic measurements x_iᵀ X x_i, or from ⟨A_i, X⟩ with symmetric Gaussian A_i.

use flatbench_records::{Choice, Dimensions, Parameter};
use ndarray::Array2;

use super::anisotropy;
use super::findings::Findings;
use super::observation::{held_out, held_out_count, targets};
use super::parameters::{CaseParameters, choice, open};
use super::spectrum::Spectrum;
use super::work;
use crate::composed::{ComposedProblem, Residual};
use crate::factorization::SignedGram;
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

/// Name of the parameter, and the words for it.
const MEASUREMENT: &str = "measurement";
const RANK_ONE: &str = "rank-one";
const GAUSSIAN: &str = "gaussian";

/// What is measured. A case without the key says what `rank-one` says.
pub(crate) fn measurement() -> Parameter {
    let description = "Quadratic forms x_iᵀ X x_i of Gaussian vectors, as without the key, or ⟨A_i, X⟩ with symmetric Gaussian matrices \
                       A_i = (G_i + G_iᵀ)/2 (C^½ on either side of them where there is a condition number).";
    open(choice(MEASUREMENT, description, &[RANK_ONE, GAUSSIAN]))
}

/// The choice of Gaussian matrices.
pub(crate) fn gaussian() -> Choice {
    Choice { parameter: MEASUREMENT.to_owned(), value: GAUSSIAN.into() }
}

/// Takes out what a case without the key says, here and of the directions of measurements.
pub(crate) fn settle_measurements(p: &mut CaseParameters) {
    p.drop_if(MEASUREMENT, &RANK_ONE.into());
    anisotropy::settle(p);
}

fn is_gaussian(p: &CaseParameters) -> bool {
    p.text(MEASUREMENT) == Some(GAUSSIAN)
}

/// Multiply-adds of a gradient with factors of that many columns together.
pub(crate) fn work(p: &CaseParameters, count: usize, dimension: usize, width: usize) -> f64 {
    if is_gaussian(p) { work::dense_gram(count, dimension, width) } else { work::gram(count, dimension, width) }
}

/// Measurements of a symmetric truth whose leading part has the given rank, for factors whose large starting points have entries of
/// that deviation; with whichever way to predictions is less work.
pub(crate) fn drawn(
    p: &CaseParameters,
    truth: Array2<f64>,
    rank: usize,
    factors: SignedGram,
    large_deviation: f64,
    seed: u64,
) -> Box<dyn Problem> {
    let (d, m, condition) = (truth.nrows(), p.size("measurements"), anisotropy::condition(p));
    let of = Observed { p, truth: &truth, rank, factors: &factors, large_deviation, seed };
    if is_gaussian(p) {
        let draw = |count, name: &str| anisotropy::symmetric_matrices(condition, d, count, seed, name);
        let operator = draw(m, "measurements");
        let traces = operator.traces();
        let mut bend = vec![0.0; operator.matrix_len()];
        operator.adjoint(&traces, &mut bend);
        bend.truncate(d * d);
        let bend = Array2::from_shape_vec((d, d), bend).expect("d × d numbers");
        let instance =
            of.instance(&operator, draw, |_| GramFlatness::of_matrices(&operator.moments().0, traces, bend, &factors));
        return Box::new(instance.with(ThroughMatrix { operator, factorization: factors.clone() }));
    }
    let draw = |count, name: &str| SymmetricRankOne::new(d, anisotropy::vectors(condition, d, count, seed, name));
    let operator = draw(m, "measurements");
    let instance = of.instance(&operator, draw, |targets| {
        GramFlatness::of_vectors(&operator.moments().0, operator.traces(), &factors, targets)
    });
    let factors = factors.clone();
    if GramFactors::is_shorter(d, factors.width(), m) {
        Box::new(instance.with(GramFactors { operator, factors }))
    } else {
        Box::new(instance.with(ThroughMatrix { operator, factorization: factors }))
    }
}

/// What is measured, and with which factors it is sought.
struct Observed<'a> {
    p: &'a CaseParameters,
    truth: &'a Array2<f64>,
    rank: usize,
    factors: &'a SignedGram,
    large_deviation: f64,
    seed: u64,
}

impl Observed<'_> {
    /// The instance but for its model; `draw` makes measurements of the same kind as `operator`, so many from a stream, and `flatness`
    /// the traces for these targets.
    fn instance<O: MeasurementOperator + 'static>(
        &self,
        operator: &O,
        draw: impl Fn(usize, &str) -> O,
        flatness: impl FnOnce(&[f64]) -> GramFlatness,
    ) -> ComposedProblem<(), GramFlatness> {
        let (d, m, noise) = (self.truth.nrows(), operator.count(), self.p.real("noise"));
        let rank = Spectrum::of(self.p).rank(self.rank, d);
        let targets = targets(operator, self.truth, noise, self.seed, "measurements");
        let set = |name: &str| held_out(draw(held_out_count(m), name), self.truth, noise, self.seed, name);
        ComposedProblem {
            dimensions: Dimensions {
                depth: None,
                rows: d,
                cols: d,
                rank: Some(rank),
                factor_rank: self.factors.width(),
                measurements: m,
                parameters: d * self.factors.width(),
                oversampling: Some(m as f64 / degrees_of_freedom(d, rank)),
            },
            flatness: flatness(&targets),
            model: (),
            residual: Residual::Targets(targets),
            validation: set("validation"),
            test: set("test"),
            truth: Some(self.truth.clone()),
            standardization: None,
            large_deviation: self.large_deviation,
        }
    }
}
