use flatbench_problems::Problem;
use flatbench_problems::reference::{self, ReferenceError, ReferencePoint, Settings};
use flatbench_records::{Reference, References};
use ndarray::ArrayView2;

/// Largest number of measurements for which the programs are solved: each step factors a matrix of that size.
pub const MOST_MEASUREMENTS: usize = 3000;

/// Solves the convex programs of an instance: the flattest zero-loss point and the norm-minimal one.
///
/// Beyond 3000 measurements they are left out, and `missing` says so.
pub fn references(problem: &dyn Problem) -> References {
    let measurements = problem.dimensions().measurements;
    if let Some(missing) = too_large(measurements) {
        return unsolved(problem, &missing);
    }
    let settings = Settings::default();
    let flat = reference::flattest(problem, &settings);
    let norm_minimal = reference::norm_minimal(problem, &settings);
    let missing: Vec<String> = [("flattest", flat.as_ref().err()), ("norm-minimal", norm_minimal.as_ref().err())]
        .into_iter()
        .filter_map(|(name, error)| Some(format!("{name}: {}", error?)))
        .collect();
    References {
        flat: record(problem, flat),
        norm_minimal: record(problem, norm_minimal),
        truth_floor: truth_floor(problem),
        missing: if missing.is_empty() { None } else { Some(missing.join("; ")) },
    }
}

/// What is known of an instance without solving the programs, which are missing for this reason.
pub(crate) fn unsolved(problem: &dyn Problem, reason: &str) -> References {
    References { truth_floor: truth_floor(problem), missing: Some(reason.to_owned()), ..References::default() }
}

fn truth_floor(problem: &dyn Problem) -> Option<f64> {
    problem.truth().map(|truth| problem.flatness_floor(truth)).filter(|floor| floor.is_finite())
}

/// Why the programs are not solved for so many measurements, if they are not.
pub(crate) fn too_large(measurements: usize) -> Option<String> {
    (measurements > MOST_MEASUREMENTS).then(|| {
        format!("not computed for {measurements} measurements (the programs are solved up to {MOST_MEASUREMENTS})")
    })
}

fn record(problem: &dyn Problem, point: Result<ReferencePoint, ReferenceError>) -> Option<Reference> {
    let point = point.ok()?;
    Some(Reference {
        hessian_trace: point.hessian_trace,
        relative_error: point.x.as_ref().and_then(|x| relative_error(problem, x.view())),
        duality_gap: point.gap,
        certified: point.certified,
        exact: point.attained,
        lower: point.lower,
        upper: point.upper,
    })
}

/// ‖X − X*‖_F / ‖X*‖_F, where the truth is known.
pub fn relative_error(problem: &dyn Problem, x: ArrayView2<'_, f64>) -> Option<f64> {
    let truth = problem.truth()?;
    let difference: f64 = x.iter().zip(&truth).map(|(x, t)| (x - t).powi(2)).sum();
    Some((difference / truth.iter().map(|t| t * t).sum::<f64>()).sqrt()).filter(|e| e.is_finite())
}
