use ndarray::{Array2, Axis, concatenate};

use super::parameters::CaseParameters;
use super::spectrum::{Spectrum, beyond, orthonormal, turns, weighted};
use crate::data::Data;
use crate::randomness::gaussians;
use crate::spectral::unit_scale;

/// X* = L* R*ᵀ/‖L* R*ᵀ‖_F with Gaussian factors from independent streams, of the spectrum that the case asks for where it does; or the
/// user's matrix over its norm.
pub(crate) fn matrix(p: &CaseParameters, seed: u64, data: Option<&Data>) -> Result<Array2<f64>, String> {
    if let Some(data) = data {
        return Ok(normalised(data.complete()?.into_owned()));
    }
    let (rows, cols, rank) = (p.size("rows"), p.size("cols"), p.size("rank"));
    let spectrum = Spectrum::of(p);
    let mut left = factor(seed, "truth-left", rows, rank);
    let mut right = factor(seed, "truth-right", cols, rank);
    if let Some(values) = spectrum.leading(rank) {
        (left, right) = (weighted(orthonormal(&left), &values), weighted(orthonormal(&right), &values));
    }
    let tail = spectrum.tail(rows.min(cols) - rank).map(|values| {
        let side = |leading: &Array2<f64>, stream| {
            weighted(beyond(leading, &factor(seed, stream, leading.nrows(), values.len())), &values)
        };
        outer(&side(&left, "truth-tail-left"), &side(&right, "truth-tail-right"))
    });
    Ok(spectrum.complete(normalised(outer(&left, &right)), tail, || factor(seed, "truth-noise", rows, cols)))
}

/// X* = (P Pᵀ − N Nᵀ)/‖·‖_F with Gaussian P and N of the given ranks from independent streams, of the spectrum that the case asks for
/// where it does; or the user's matrix over its norm. With `negative` = 0 the tail is positive semidefinite too.
pub(crate) fn symmetric(
    p: &CaseParameters,
    dimension: usize,
    [positive, negative]: [usize; 2],
    seed: u64,
    data: Option<&Data>,
) -> Result<Array2<f64>, String> {
    if let Some(data) = data {
        return Ok(normalised(data.complete()?.into_owned()));
    }
    let spectrum = Spectrum::of(p);
    let mut plus = factor(seed, "truth-positive", dimension, positive);
    let mut minus = factor(seed, "truth-negative", dimension, negative);
    let both = concatenate(Axis(1), &[plus.view(), minus.view()]).expect("as many rows");
    if let Some(values) = spectrum.leading(positive + negative) {
        let basis = orthonormal(&both);
        let of = |columns: std::ops::Range<usize>| basis.select(Axis(1), &columns.collect::<Vec<_>>());
        let (above, below) = signed(&turns(positive, negative), &values);
        (plus, minus) = (weighted(of(0..positive), &above), weighted(of(positive..positive + negative), &below));
    }
    let rest = dimension - positive - negative;
    let tail = spectrum.tail(rest).map(|values| {
        let basis = beyond(&both, &factor(seed, "truth-tail", dimension, rest));
        let signs = if negative == 0 { vec![true; rest] } else { turns(rest.div_ceil(2), rest / 2) };
        let of = |sign| basis.select(Axis(1), &(0..rest).filter(|&i| signs[i] == sign).collect::<Vec<_>>());
        let (above, below) = signed(&signs, &values);
        difference(&weighted(of(true), &above), &weighted(of(false), &below))
    });
    let noise = || {
        let square = factor(seed, "truth-noise", dimension, dimension);
        &square + &square.t()
    };
    Ok(spectrum.complete(normalised(difference(&plus, &minus)), tail, noise))
}

/// The values with and without a positive sign.
fn signed(signs: &[bool], values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let of = |sign| signs.iter().zip(values).filter(|(s, _)| **s == sign).map(|(_, &value)| value).collect();
    (of(true), of(false))
}

fn factor(seed: u64, stream: &str, rows: usize, cols: usize) -> Array2<f64> {
    Array2::from_shape_vec((rows, cols), gaussians(seed, stream, rows * cols, 1.0)).expect("rows × cols numbers")
}

/// P Pᵀ − N Nᵀ, symmetric to the last bit.
fn difference(plus: &Array2<f64>, minus: &Array2<f64>) -> Array2<f64> {
    outer(plus, plus) - outer(minus, minus)
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
