use flatbench_records::{Dimensions, FamilyDescription};

use super::covariance_estimation::{degrees_of_freedom, operator, warn_if_determined, with_gram};
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
use crate::operator::MeasurementOperator;

pub(super) const FAMILY: Family = Family { describe, resolve, draw };

fn describe() -> FamilyDescription {
    FamilyDescription {
        name: "quadratic-network".to_owned(),
        description: "Recover a symmetric low-rank matrix with a network of one hidden layer, squared activation and \
                      fixed output signs."
            .to_owned(),
        loss: "f(U1, U2) = (1/m) Σ (‖U1ᵀx_i‖² − ‖U2ᵀx_i‖² − y_i)², x_i Gaussian vectors".to_owned(),
        claim: "The flattest zero-loss point is the ground truth once m ≥ C·(r1 + r2)·d.".to_owned(),
        source: "ding2024flat".to_owned(),
        parameters: vec![
            derived_size("dimension", "Rows and columns of the ground truth: inputs of the network."),
            flatbench_records::Parameter {
                optional: true,
                ..size("rank_positive", "Positive eigenvalues of the ground truth.", 0)
            },
            flatbench_records::Parameter {
                optional: true,
                ..size("rank_negative", "Negative eigenvalues of the ground truth.", 0)
            },
            derived_size("width_positive", "Hidden units with output sign +1; the dimension by default."),
            derived_size("width_negative", "Hidden units with output sign −1; the dimension by default."),
            size("measurements", "Number of measurements; below d(d + 1)/2 to leave a choice.", 1),
            noise(),
            truth_file(),
        ],
    }
}

fn resolve(p: &mut Parameters, data: Option<&Data>, findings: &mut Findings) {
    findings.symmetric_truth(p, data, &["rank_positive", "rank_negative"]);
    if let Some(dimension) = p.size_if("dimension") {
        p.derive("width_positive", dimension);
        p.derive("width_negative", dimension);
        if let (Some(positive), Some(negative)) = (p.size_if("rank_positive"), p.size_if("rank_negative")) {
            if positive + negative > dimension {
                let message =
                    format!("{positive} + {negative} is above `dimension` = {dimension} (lower one of the ranks)");
                findings.mistake("rank_positive", message);
            }
            if positive + negative == 0 {
                findings.mistake("rank_positive", "both ranks are zero (a ground truth needs a non-zero eigenvalue)");
            }
        }
    }
    findings.at_most(p, "rank_positive", "width_positive");
    findings.at_most(p, "rank_negative", "width_negative");
    warn_if_determined(p, findings);
}

fn draw(p: &Parameters, seed: u64, data: Option<&Data>) -> Drawn {
    let (d, m, noise) = (p.size("dimension"), p.size("measurements"), p.real("noise"));
    let (positive, negative) = (p.size("rank_positive"), p.size("rank_negative"));
    let (k1, k2) = (p.size("width_positive"), p.size("width_negative"));
    let truth = truth::symmetric(d, positive, negative, seed, data)?;
    let measured = operator(d, m, seed, "measurements");
    let targets = targets(&measured, &truth, noise, seed, "measurements");
    let set = |name: &str| held_out(operator(d, held_out_count(m), seed, name), &truth, noise, seed, name);
    let (moment, _) = measured.moments();
    let traces = measured.traces();
    let factors = SignedGram::indefinite(d, k1, k2);
    let instance = ComposedProblem {
        dimensions: Dimensions {
            depth: None,
            rows: d,
            cols: d,
            rank: Some(positive + negative),
            factor_rank: k1 + k2,
            measurements: m,
            parameters: d * (k1 + k2),
            oversampling: Some(m as f64 / degrees_of_freedom(d, positive + negative)),
        },
        flatness: GramFlatness::new(&moment, traces, factors.signs(), factors.blocks(), &targets),
        model: (),
        residual: Residual::Targets(targets),
        validation: set("validation"),
        test: set("test"),
        truth: Some(truth),
        large_deviation: scale::gram(d, k1, k2),
    };
    Ok(with_gram(instance, measured, factors))
}
