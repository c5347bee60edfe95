//! Families that recover a rows × cols matrix from its factors.

use flatbench_records::{Dimensions, Parameter, Value};

use super::findings::Findings;
use super::parameters::{CaseParameters, derived_size};
use super::spectrum::Spectrum;

/// Parameters of a factored matrix.
pub(crate) fn parameters() -> Vec<Parameter> {
    vec![
        derived_size("rows", "Rows of the ground truth."),
        derived_size("cols", "Columns of the ground truth."),
        derived_size("rank", "Rank of the ground truth."),
        derived_size("factor_rank", "Width of the factors; the smaller of rows and columns by default."),
    ]
}

/// A small case: 5 × 4 of rank two, and what else it says.
pub(crate) fn small(more: &[(&str, Value)]) -> CaseParameters {
    let sizes = [("rows", 5.into()), ("cols", 4.into()), ("rank", 2.into())];
    CaseParameters::new(sizes.into_iter().chain(more.iter().cloned()))
}

/// A warning where the measurements determine X, so that every interpolant is the truth.
pub(crate) fn warn_if_determined(p: &CaseParameters, findings: &mut Findings) {
    if let (Some(rows), Some(cols), Some(m)) = (p.size_if("rows"), p.size_if("cols"), p.size_if("measurements"))
        && m >= rows * cols
    {
        findings.warn(format!("{m} measurements determine a {rows} × {cols} matrix: every interpolant is the truth"));
    }
}

/// Rank of the ground truth, where there is one: beyond `rank` where it has more than its leading part.
pub(crate) fn truth_rank(p: &CaseParameters, rows: usize, cols: usize) -> Option<usize> {
    Some(Spectrum::of(p).rank(p.size_if("rank")?, rows.min(cols)))
}

/// Degrees of freedom of a rank-r matrix, r(d1 + d2 − r).
pub(crate) fn degrees_of_freedom(rows: usize, cols: usize, rank: usize) -> f64 {
    (rank * (rows + cols - rank)) as f64
}

/// Sizes of an instance with X = L Rᵀ.
pub(crate) fn dimensions(rows: usize, cols: usize, rank: Option<usize>, width: usize, m: usize) -> Dimensions {
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
