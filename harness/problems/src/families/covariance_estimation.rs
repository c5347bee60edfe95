use flatbench_records::{FactorizationKind, FamilyDescription};

use super::parts::findings::Findings;
use super::parts::parameters::{CaseParameters, derived_size, noise, size};
use super::parts::truth_file::truth_file;
use super::parts::{anisotropy, scale, spectrum, symmetric, truth};
use super::registry::{Drawn, Family};
use crate::data::Data;
use crate::factorization::SignedGram;

pub(super) const COVARIANCE: Family = Family {
    describe: describe_covariance,
    small_cases: small_covariances,
    resolve: resolve_covariance,
    draw: draw_covariance,
    work,
};

/// Covariance estimation with a truth of rank one.
pub(super) const PHASE: Family =
    Family { describe: describe_phase, small_cases: small_phases, resolve: resolve_phase, draw: draw_phase, work };

const CLAIM: &str = "Negative control: the trace of the Hessian is the same at every zero-loss point.";

fn describe_covariance() -> FamilyDescription {
    FamilyDescription {
        name: "covariance-estimation".to_owned(),
        description: "Recover a low-rank positive semidefinite matrix from quadratic measurements x_iᵀ X x_i, or from products with \
                      symmetric Gaussian matrices."
            .to_owned(),
        loss: "f(U) = (1/m) Σ (‖Uᵀx_i‖² − y_i)², x_i Gaussian vectors".to_owned(),
        claim: format!("{CLAIM} Not with Gaussian matrices: there the flattest one has the least tr(Σ A_i² X)."),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::Gram { signs: vec![1] },
        control: true,
        control_unless: Some(symmetric::gaussian()),
        zero_loss_interior: false,
        amount: None,
        parameters: vec![
            derived_size("dimension", "Rows and columns of the ground truth."),
            derived_size("rank", "Rank of the ground truth."),
            derived_size("factor_rank", "Columns of U; the dimension by default."),
            size("measurements", "Number of measurements.", 1),
            symmetric::measurement(),
            anisotropy::of_vectors(),
            noise(),
            truth_file(),
        ]
        .into_iter()
        .chain(spectrum::definite_parameters())
        .collect(),
    }
}

fn describe_phase() -> FamilyDescription {
    let covariance = describe_covariance();
    FamilyDescription {
        name: "phase-retrieval".to_owned(),
        description: "Recover a vector, up to its sign, from the squares (x_iᵀ u)²: covariance estimation of rank one."
            .to_owned(),
        claim: CLAIM.to_owned(),
        control_unless: None,
        parameters: vec![
            size("dimension", "Length of the vector.", 1),
            derived_size("factor_rank", "Columns of U; the dimension by default."),
            size("measurements", "Number of measurements.", 1),
            anisotropy::of_vectors(),
            noise(),
        ],
        ..covariance
    }
}

fn small_covariances() -> Vec<CaseParameters> {
    let case = |more: &[(&'static str, i64)]| {
        let sizes = [("dimension", 5), ("rank", 2)];
        CaseParameters::new(sizes.iter().chain(more).map(|&(name, n)| (name, n.into())))
    };
    let mut uneven = case(&[("measurements", 9)]);
    uneven.0.extend([("truth_condition", 10.0), ("truth_tail", 0.1)].map(|(name, x)| (name.to_owned(), x.into())));
    let mut anisotropic = case(&[("measurements", 9)]);
    anisotropic.0.insert("condition_number".to_owned(), 30.0.into());
    let mut gaussian = case(&[("factor_rank", 3), ("measurements", 8)]);
    gaussian.0.insert("measurement".to_owned(), "gaussian".into());
    vec![case(&[("measurements", 9)]), case(&[("factor_rank", 3), ("measurements", 8)]), uneven, anisotropic, gaussian]
}

fn small_phases() -> Vec<CaseParameters> {
    let sizes = [("dimension", 5.into()), ("measurements", 8.into())];
    let uneven = sizes.iter().cloned().chain([("condition_number", 30.0.into())]);
    vec![CaseParameters::new(sizes.clone()), CaseParameters::new(uneven)]
}

fn resolve_covariance(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    findings.symmetric_truth(p, data, &["rank"]);
    resolve_width(p, findings);
    findings.at_most(p, "rank", "dimension");
    findings.at_most(p, "rank", "factor_rank");
    let dimension = p.size_if("dimension");
    findings.spectrum(p, &["rank"], &["factor_rank"], dimension);
}

fn resolve_phase(p: &mut CaseParameters, _: Option<&Data>, findings: &mut Findings) {
    resolve_width(p, findings);
}

fn resolve_width(p: &mut CaseParameters, findings: &mut Findings) {
    symmetric::settle_measurements(p);
    if let Some(dimension) = p.size_if("dimension") {
        p.derive("factor_rank", dimension);
    }
    symmetric::warn_if_determined(p, findings);
}

fn draw_covariance(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    draw(p, p.size("rank"), seed, data)
}

fn draw_phase(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    draw(p, 1, seed, data)
}

fn draw(p: &CaseParameters, rank: usize, seed: u64, data: Option<&Data>) -> Drawn {
    let (d, width) = (p.size("dimension"), p.size("factor_rank"));
    let truth = truth::symmetric(p, d, [rank, 0], seed, data)?;
    Ok(symmetric::drawn(p, truth, rank, SignedGram::positive(d, width), scale::gram(d, width, 0), seed))
}

fn work(p: &CaseParameters, _: Option<&Data>) -> f64 {
    let [dimension, width, m] = p.sizes(["dimension", "factor_rank", "measurements"]);
    symmetric::work(p, m, dimension, width)
}
