use flatbench_records::{FactorizationKind, FamilyDescription, MeasurementAmount, Value};
use ndarray::Array2;

use super::completion_sampling::{Split, sample, split_known};
use super::parts::findings::Findings;
use super::parts::matrix::{dimensions, truth_rank};
use super::parts::observation::add_noise;
use super::parts::parameters::{CaseParameters, choice, file, noise, optional, or, real};
use super::parts::truth_file::truth_file;
use super::parts::{matrix, scale, spectrum, truth, work};
use super::registry::{Drawn, Family};
use super::standardizing;
use crate::composed::{ComposedProblem, HeldOut, Residual};
use crate::data::Data;
use crate::factorization::LeftRight;
use crate::flatness::BilinearFlatness;
use crate::model::{SampledFactors, ThroughMatrix};
use crate::operator::{Mask, MeasurementOperator};
use crate::spectral::unit_scale;
use crate::standardization::Standardization;

pub(super) const FAMILY: Family = Family { describe, small_cases, resolve, draw, work };

/// Largest part of a file's entries that may be set aside: with less than a twentieth left there is nothing to learn from.
const MOST_HELD_OUT: f64 = 0.95;

type Entry = (usize, usize, f64);

fn describe() -> FamilyDescription {
    let mut parameters = matrix::parameters();
    parameters.extend([
        optional(real("sampling_rate", "Mean probability of an entry to be observed.", 0.0, Some(1.0), true)),
        choice(
            "sampling",
            "Every entry with the same probability, or with probability min(1, c·w_i·v_j) for row and column weights \
             that fall as a power of their rank in a random order.",
            &["uniform", "power-law"],
        ),
        or(real("exponent", "Power by which the weights of power-law sampling fall.", 0.0, Some(4.0), false), 0.5),
        noise(),
        or(
            real(
                "validation_fraction",
                "Part of the unobserved entries (of all known entries, for a file) set aside for validation.",
                0.0,
                Some(0.9),
                false,
            ),
            0.1,
        ),
        or(
            real(
                "test_fraction",
                "Part of a file's known entries set aside for the test; without a file, every unobserved entry that \
                 is not for validation is tested.",
                0.0,
                Some(0.9),
                false,
            ),
            0.1,
        ),
        file("file", "Known entries of a matrix to complete, such as ratings; there is then no ground truth."),
        truth_file(),
    ]);
    parameters.extend(spectrum::parameters());
    parameters.extend(standardizing::parameters());
    let amount =
        MeasurementAmount { parameter: "sampling_rate".to_owned(), label: "sampling rate p".to_owned(), harms: false };
    FamilyDescription {
        name: "matrix-completion".to_owned(),
        description: "Recover a low-rank matrix from some of its entries.".to_owned(),
        loss: "f(L, R) = (d1 d2/m) Σ ((L Rᵀ)_ij − Y_ij)² over m observed entries (i, j)".to_owned(),
        claim: "The flattest zero-loss point is near the ground truth (weak recovery); exact recovery is observed."
            .to_owned(),
        source: "ding2024flat".to_owned(),
        factorization: FactorizationKind::LeftRight,
        control: false,
        control_unless: None,
        zero_loss_interior: false,
        amount: Some(amount),
        parameters,
    }
}

fn small_cases() -> Vec<CaseParameters> {
    vec![
        matrix::small(&[("sampling_rate", 0.7.into())]),
        matrix::small(&[("sampling_rate", 0.6.into()), ("sampling", "power-law".into()), ("factor_rank", 9.into())]),
        matrix::small(&[("sampling_rate", 0.7.into()), ("truth_condition", 10.0.into()), ("truth_noise", 0.1.into())]),
    ]
}

fn resolve(p: &mut CaseParameters, data: Option<&Data>, findings: &mut Findings) {
    if p.text("file").is_none() {
        findings.require(p, &["sampling_rate"], "a `file` of entries");
        standardizing::refuse(p, findings);
        return findings.matrix_truth(p, data);
    }
    if p.text("truth_file").is_some() {
        findings.mistake("truth_file", "given together with `file` (give one of them)");
    }
    findings.refuse_spectrum(p, "file");
    for name in ["rank", "sampling_rate"] {
        if p.0.contains_key(name) {
            findings
                .mistake(name, "given together with `file` (leave it out: the file's entries are what is observed)");
        }
    }
    if p.real("validation_fraction") + p.real("test_fraction") > MOST_HELD_OUT {
        findings.mistake("test_fraction", "hardly any entry is left to train on (lower it or `validation_fraction`)");
    }
    let Some(data) = data else { return standardizing::check(p, None, findings) };
    let (rows, cols) = data.shape();
    findings.settle(p, "rows", rows, "file");
    findings.settle(p, "cols", cols, "file");
    p.derive("factor_rank", rows.min(cols).max(1));
    let known = data.known();
    check_entries(&known, rows, cols, findings);
    let usable = findings.mistakes.is_empty().then_some(((rows, cols), known.as_slice()));
    standardizing::check(p, usable, findings);
}

fn check_entries(known: &[Entry], rows: usize, cols: usize, findings: &mut Findings) {
    if known.is_empty() {
        return findings.mistake("file", "no entry is known (a matrix to complete needs some)");
    }
    if let Some((i, j, _)) = known.iter().find(|(i, j, _)| *i >= rows || *j >= cols) {
        findings.mistake("file", format!("entry ({i}, {j}) is outside the {rows} × {cols} matrix (count from zero)"));
    }
    if let Some((i, j, x)) = known.iter().find(|(_, _, x)| !x.is_finite()) {
        findings.mistake("file", format!("entry ({i}, {j}) is {x} (known entries have to be finite)"));
    }
    let mut positions: Vec<_> = known.iter().map(|(i, j, _)| (*i, *j)).collect();
    positions.sort_unstable();
    if let Some(pair) = positions.windows(2).find(|pair| pair[0] == pair[1]) {
        findings.mistake("file", format!("entry {:?} is given more than once (give each entry once)", pair[0]));
    }
    if known.iter().all(|(_, _, x)| *x == 0.0) {
        findings.mistake("file", "every known entry is zero (a matrix to complete needs a non-zero one)");
    }
}

/// Targets √(d1·d2)·X*_ij, noisy where they are used to train or to validate.
fn synthetic(p: &CaseParameters, truth: &Array2<f64>, seed: u64) -> Split<Entry> {
    let split = sample(p, truth.dim(), seed);
    let amplitude = (truth.len() as f64).sqrt();
    let take = |positions: Vec<(usize, usize)>, set: &str, noise: f64| {
        let mut values: Vec<f64> = positions.iter().map(|&(i, j)| amplitude * truth[[i, j]]).collect();
        add_noise(&mut values, noise, seed, set);
        positions.into_iter().zip(values).map(|((i, j), x)| (i, j, x)).collect()
    };
    Split {
        observed: take(split.observed, "measurements", p.real("noise")),
        validation: take(split.validation, "validation", p.real("noise")),
        test: take(split.test, "test", 0.0),
    }
}

/// Targets of root mean square one, as if they came from a matrix of norm one: the file's entries, centred and scaled as the case
/// says by what is trained on; where it says nothing, over the root mean square of all of them.
fn from_file(p: &CaseParameters, data: &Data, seed: u64) -> Result<(Split<Entry>, Standardization), String> {
    let mut known = data.known();
    let mut split;
    let standardization;
    if standardizing::is_asked_for(p) {
        split = split_known(p, &known, seed);
        standardization = standardizing::fit(p, data.shape(), &split.observed)?;
        for entry in [&mut split.observed, &mut split.validation, &mut split.test].into_iter().flatten() {
            entry.2 = standardization.target(*entry);
        }
    } else {
        let scale = unit_scale(known.iter().map(|(_, _, x)| x));
        known.iter_mut().for_each(|(_, _, x)| *x *= scale);
        let mean_square = known.iter().map(|(_, _, x)| x * x).sum::<f64>() / known.len() as f64;
        known.iter_mut().for_each(|(_, _, x)| *x /= mean_square.sqrt());
        split = split_known(p, &known, seed);
        standardization = Standardization::uniform(data.shape(), mean_square.sqrt() / scale);
    }
    let mut values: Vec<f64> = split.observed.iter().map(|e| e.2).collect();
    add_noise(&mut values, p.real("noise"), seed, "measurements");
    split.observed.iter_mut().zip(values).for_each(|(entry, value)| entry.2 = value);
    Ok((split, standardization))
}

fn mask((rows, cols): (usize, usize), entries: &[Entry]) -> (Mask, Vec<f64>) {
    let operator = Mask::new(rows, cols, entries.iter().map(|&(i, j, _)| (i, j)));
    (operator, entries.iter().map(|e| e.2).collect())
}

fn draw(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Drawn {
    let (shape, truth, split, standardization) = match data.filter(|_| p.text("file").is_some()) {
        Some(data) => {
            let (split, standardization) = from_file(p, data, seed)?;
            (data.shape(), None, split, Some(standardization))
        }
        None => {
            let truth = truth::matrix(p, seed, data)?;
            (truth.dim(), Some(truth.clone()), synthetic(p, &truth, seed), None)
        }
    };
    if split.observed.is_empty() {
        return Err("no entry is observed (raise the sampling rate)".to_owned());
    }
    let (rows, cols) = shape;
    let width = p.size("factor_rank");
    let (observed, targets) = mask(shape, &split.observed);
    let held_out = |entries: &[Entry]| {
        let (operator, values) = mask(shape, entries);
        HeldOut::new(operator, values)
    };
    let flatness = BilinearFlatness::new(observed.moments(), observed.count(), width);
    let instance = ComposedProblem {
        dimensions: dimensions(rows, cols, truth_rank(p, rows, cols), width, observed.count()),
        model: (),
        residual: Residual::Targets(targets),
        flatness,
        validation: held_out(&split.validation),
        test: held_out(&split.test),
        truth,
        standardization,
        large_deviation: scale::left_right(rows, cols, width),
    };
    let factors = LeftRight::new(rows, cols, width);
    Ok(if SampledFactors::is_shorter(rows, cols, observed.count()) {
        Box::new(instance.with(SampledFactors { mask: observed, factors }))
    } else {
        Box::new(instance.with(ThroughMatrix { operator: observed, factorization: factors }))
    })
}

fn work(p: &CaseParameters, data: Option<&Data>) -> f64 {
    let [rows, cols, width] = p.sizes(["rows", "cols", "factor_rank"]);
    let observed = match data.filter(|_| p.text("file").is_some()) {
        Some(data) => {
            data.known().len() as f64 * (1.0 - p.real("validation_fraction") - p.real("test_fraction")).max(0.0)
        }
        None => p.0.get("sampling_rate").and_then(Value::as_real).unwrap_or(0.0) * rows as f64 * cols as f64,
    };
    work::entries(observed, rows, cols, width)
}
