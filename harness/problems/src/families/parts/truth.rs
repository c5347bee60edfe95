use ndarray::Array2;

use super::parameters::CaseParameters;
use crate::data::Data;
use crate::randomness::gaussians;
use crate::spectral::unit_scale;

/// X* = L* R*ᵀ/‖L* R*ᵀ‖_F with Gaussian factors from independent streams, or the user's matrix over its norm.
pub(crate) fn matrix(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Result<Array2<f64>, String> {
    if let Some(data) = data {
        return Ok(normalised(data.complete()?.into_owned()));
    }
    let (rows, cols, rank) = (p.size("rows"), p.size("cols"), p.size("rank"));
    let left = factor(seed, "truth-left", rows, rank);
    let right = factor(seed, "truth-right", cols, rank);
    Ok(normalised(outer(&left, &right)))
}

/// X* = (P Pᵀ − N Nᵀ)/‖·‖_F with Gaussian P and N of the given ranks from independent streams, or the user's matrix over its
/// norm.
pub(crate) fn symmetric(
    dimension: usize,
    positive: usize,
    negative: usize,
    seed: u64,
    data: Option<&Data>,
) -> Result<Array2<f64>, String> {
    if let Some(data) = data {
        return Ok(normalised(data.complete()?.into_owned()));
    }
    let plus = factor(seed, "truth-positive", dimension, positive);
    let minus = factor(seed, "truth-negative", dimension, negative);
    Ok(normalised(outer(&plus, &plus) - outer(&minus, &minus)))
}

fn factor(seed: u64, stream: &str, rows: usize, cols: usize) -> Array2<f64> {
    Array2::from_shape_vec((rows, cols), gaussians(seed, stream, rows * cols, 1.0)).expect("rows × cols numbers")
}

/// a·bᵀ, summed in a fixed order so that an instance has the same bits on every machine.
fn outer(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), b.nrows()), |(i, j)| (0..a.ncols()).map(|c| a[[i, c]] * b[[j, c]]).sum())
}

/// The matrix over its Frobenius norm, row by row in memory.
pub(crate) fn normalised(matrix: Array2<f64>) -> Array2<f64> {
    let matrix = &matrix * unit_scale(&matrix);
    let norm = matrix.iter().map(|x| x * x).sum::<f64>().sqrt();
    let matrix = matrix / norm;
    matrix.as_standard_layout().into_owned()
}
