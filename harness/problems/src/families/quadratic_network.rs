use flatbench_records::{FactorizationKind, FamilyDescription};

use super::parts::findings::Findings;
use super::parts::parameters::{CaseParameters, derived_size, noise, optional, size};
use super::parts::truth_file::truth_file;
use super::parts::{anisotropy, scale, spectrum, symmetric, truth};
use super::registry::{Drawn, Family};
use crate::data::Data;
use crate::factorization::SignedGram;

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

fn describe() -> FamilyDescription {
    FamilyDescription {
        name: "quadratic-network".to_owned(),
        description: "Recover a symmetric low-rank matrix with a network of one hidden layer, squared activation and \
                      fixed output signs."
            .to_owned(),
        loss: "f(U1, U2) = (1/m) Σ (‖U1ᵀx_i‖² − ‖U2ᵀx_i‖² − y_i)², x_i Gaussian vectors".to_owned(),
        claim: "The flattest zero-loss point is the ground truth once m ≥ C·(r1 + r2)·d.".to_owned(),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::Gram { signs: vec![1, -1] },
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: None,
        parameters: vec![
            derived_size("dimension", "Rows and columns of the ground truth: inputs of the network."),
            optional(size("rank_positive", "Positive eigenvalues of the ground truth.", 0)),
            optional(size("rank_negative", "Negative eigenvalues of the ground truth.", 0)),
            derived_size("width_positive", "Hidden units with output sign +1; the dimension by default."),
            derived_size("width_negative", "Hidden units with output sign −1; the dimension by default."),
            size("measurements", "Number of measurements; below d(d + 1)/2 to leave a choice.", 1),
            symmetric::measurement(),
            anisotropy::of_vectors(),
            noise(),
            truth_file(),
        ]
        .into_iter()
        .chain(spectrum::parameters())
        .collect(),
    }
}

fn small_cases() -> Vec<CaseParameters> {
    let full = [("dimension", 5), ("rank_positive", 2), ("rank_negative", 1), ("measurements", 11)];
    let narrow = [
        ("dimension", 4),
        ("rank_positive", 1),
        ("rank_negative", 1),
        ("width_positive", 2),
        ("width_negative", 3),
        ("measurements", 7),
    ];
    let case = |sizes: &[(&'static str, i64)]| CaseParameters::new(sizes.iter().map(|&(name, n)| (name, n.into())));
    let mut uneven = case(&full);
    let spectrum = [("truth_condition", 10.0), ("truth_tail", 0.1), ("truth_noise", 0.05)];
    uneven.0.extend(spectrum.map(|(name, x)| (name.to_owned(), x.into())));
    let mut anisotropic = case(&full);
    anisotropic.0.insert("condition_number".to_owned(), 30.0.into());
    let mut gaussian = case(&narrow);
    gaussian.0.extend(
        [("measurement", "gaussian".into()), ("condition_number", 30.0.into())]
            .map(|(name, value)| (name.to_owned(), value)),
    );
    vec![case(&full), case(&narrow), uneven, anisotropic, gaussian]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    symmetric::settle_measurements(p);
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
    let (ranks, widths) = (["rank_positive", "rank_negative"], ["width_positive", "width_negative"]);
    let dimension = p.size_if("dimension");
    findings.spectrum(p, &ranks, &widths, dimension);
    symmetric::warn_if_determined(p, findings);
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let (d, positive, negative) = (p.size("dimension"), p.size("rank_positive"), p.size("rank_negative"));
    let (k1, k2) = (p.size("width_positive"), p.size("width_negative"));
    let truth = truth::symmetric(p, d, [positive, negative], seed, data)?;
    let factors = SignedGram::indefinite(d, k1, k2);
    Ok(symmetric::drawn(p, truth, positive + negative, factors, scale::gram(d, k1, k2), seed))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [dimension, positive, negative, m] = p.sizes(["dimension", "width_positive", "width_negative", "measurements"]);
    symmetric::work(p, m, dimension, positive + negative)
}
