//! Explicit flattest factorizations of a given end-to-end matrix or vector.

use faer::Mat;
use ndarray::{Array2, ArrayView2};

use super::dense::{eigen, require_finite, require_size, svd, to_faer, to_ndarray};
use super::error::ReferenceError;
use super::weight::{Weight, apply_both};

/// Singular values below this times the largest are rounding.
const RANK_TOLERANCE: f64 = 1e-13;

/// L (rows × width) and R (cols × width) with L Rᵀ = X and the smallest ‖P L‖² + ‖Q R‖², equal to 2‖P X Q‖_*.
///
/// With P X Q = U Σ Vᵀ: L = P⁻¹ U Σ^{1/2}, R = Q⁻¹ V Σ^{1/2}, padded with zero columns. For P = S1^{1/2} and
/// Q = S2^{1/2} the exact trace at this point is (4/m)‖S1^{1/2} X S2^{1/2}‖_*. For robust PCA, whose S1 = cols · I and
/// S2 = rows · I, pass [`Weight::scaled_identity`] of √cols and √rows.
///
/// # Errors
/// Shapes that do not match, and [`ReferenceError::Width`] where `width` < rank X.
pub fn flattest_factors(
    x: ArrayView2<'_, f64>,
    rows: &Weight,
    cols: &Weight,
    width: usize,
) -> Result<(Array2<f64>, Array2<f64>), ReferenceError> {
    require_size("rows of X", rows.dimension(), x.nrows())?;
    require_size("columns of X", cols.dimension(), x.ncols())?;
    require_finite("X", x.iter())?;
    let decomposition = svd(apply_both(rows, to_faer(x).as_ref(), cols).as_ref())?;
    let values: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
    let kept = significant(&values, width)?;
    let (u, v) = (decomposition.U(), decomposition.V());
    let root = |j: usize| if j < kept { values[j].sqrt() } else { 0.0 };
    let left = Mat::from_fn(x.nrows(), width, |i, j| if j < kept { u[(i, j)] * root(j) } else { 0.0 });
    let right = Mat::from_fn(x.ncols(), width, |i, j| if j < kept { v[(i, j)] * root(j) } else { 0.0 });
    Ok((to_ndarray(rows.solve(left.as_ref()).as_ref()), to_ndarray(cols.solve(right.as_ref()).as_ref())))
}

/// U1 (d × `positive_width`) and U2 (d × `negative_width`) with U1 U1ᵀ − U2 U2ᵀ = X for symmetric X and the smallest
/// ‖P U1‖² + ‖P U2‖², equal to ‖P X P‖_*: the positive and the negative eigenpairs of P X P. With P = D^{1/2} eight
/// times that is the exact trace of a quadratic network.
///
/// # Errors
/// Shapes that do not match, and [`ReferenceError::Width`] where a width is below the number of eigenvalues of its sign.
pub fn flattest_signed_factors(
    x: ArrayView2<'_, f64>,
    weight: &Weight,
    positive_width: usize,
    negative_width: usize,
) -> Result<(Array2<f64>, Array2<f64>), ReferenceError> {
    let d = weight.dimension();
    require_size("rows of X", d, x.nrows())?;
    require_size("columns of X", d, x.ncols())?;
    require_finite("X", x.iter())?;
    let decomposition = eigen(apply_both(weight, to_faer(x).as_ref(), weight).as_ref())?;
    let vectors = decomposition.U();
    let values: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
    let largest = values.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let part = |sign: f64, width: usize| {
        let mut chosen: Vec<usize> = (0..d).filter(|&j| sign * values[j] > RANK_TOLERANCE * largest).collect();
        chosen.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
        if chosen.len() > width {
            return Err(ReferenceError::Width { width, rank: chosen.len() });
        }
        let factor =
            Mat::from_fn(d, width, |i, j| chosen.get(j).map_or(0.0, |&k| vectors[(i, k)] * values[k].abs().sqrt()));
        Ok(to_ndarray(weight.solve(factor.as_ref()).as_ref()))
    };
    Ok((part(1.0, positive_width)?, part(-1.0, negative_width)?))
}

/// W_1, …, W_L with W_L ⋯ W_1 = X, flattest for isotropic measurements (Gatmiry et al. 2023): with X = U Σ Vᵀ,
/// W_1 = α Σ^{1/2} Vᵀ, W_L = γ U Σ^{1/2} and β times the identity between, on the leading rank X directions, where β^L =
/// ‖X‖_* / √(rows · cols) makes all L terms of the trace equal. Their sum is 2L (rows · cols)^{1/L} ‖X‖_*^{2(L−1)/L}.
///
/// `hidden` lists the L − 1 widths between the layers, first to last: W_1 is hidden\[0\] × cols, W_L is rows ×
/// hidden\[L−2\].
///
/// # Errors
/// An empty `hidden`, and [`ReferenceError::Width`] where a width is below rank X.
pub fn flattest_layers(x: ArrayView2<'_, f64>, hidden: &[usize]) -> Result<Vec<Array2<f64>>, ReferenceError> {
    require_finite("X", x.iter())?;
    let (Some(&first), Some(&last)) = (hidden.first(), hidden.last()) else {
        return Err(ReferenceError::Parameter { name: "hidden widths", value: 0.0, rule: "at least one" });
    };
    let layers = hidden.len() + 1;
    let (rows, cols) = x.dim();
    let decomposition = svd(to_faer(x).as_ref())?;
    let (u, v) = (decomposition.U(), decomposition.V());
    let values: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
    let kept = significant(&values, *hidden.iter().min().unwrap_or(&first))?;
    let total: f64 = values.iter().sum();
    if kept == 0 {
        let mut widths = vec![cols];
        widths.extend_from_slice(hidden);
        widths.push(rows);
        return Ok(widths.windows(2).map(|w| Array2::zeros((w[1], w[0]))).collect());
    }
    let beta = (total / ((rows * cols) as f64).sqrt()).powf(1.0 / layers as f64);
    let product = beta.powi(2 - layers as i32);
    // d0 γ² = d_L α² with α γ = β^{2−L}.
    let gamma = product.sqrt() * (rows as f64 / cols as f64).powf(0.25);
    let alpha = product / gamma;
    let mut out = Vec::with_capacity(layers);
    out.push(Array2::from_shape_fn(
        (first, cols),
        |(i, j)| {
            if i < kept { alpha * values[i].sqrt() * v[(j, i)] } else { 0.0 }
        },
    ));
    for pair in hidden.windows(2) {
        out.push(Array2::from_shape_fn((pair[1], pair[0]), |(i, j)| if i == j && i < kept { beta } else { 0.0 }));
    }
    out.push(Array2::from_shape_fn(
        (rows, last),
        |(i, j)| {
            if j < kept { gamma * values[j].sqrt() * u[(i, j)] } else { 0.0 }
        },
    ));
    Ok(out)
}

/// v_1, …, v_k with v_1 ⊙ ⋯ ⊙ v_k = x and all |v_l| = |x|^{1/k}; the sign goes to the first. Flattest for any weights
/// c_j > 0: the trace is 2k Σ c_j |x_j|^{2−2/k}.
///
/// # Errors
/// `factors` = 0.
pub fn flattest_hadamard_factors(x: &[f64], factors: usize) -> Result<Vec<Vec<f64>>, ReferenceError> {
    if factors == 0 {
        return Err(ReferenceError::Parameter { name: "number of factors", value: 0.0, rule: "at least 1" });
    }
    require_finite("x", x)?;
    let size: Vec<f64> = x.iter().map(|v| v.abs().powf(1.0 / factors as f64)).collect();
    let mut out = vec![size; factors];
    out[0].iter_mut().zip(x).for_each(|(v, x)| *v = v.copysign(*x));
    Ok(out)
}

/// Number of singular values above rounding, which must fit into `width`.
fn significant(values: &[f64], width: usize) -> Result<usize, ReferenceError> {
    let largest = values.first().copied().unwrap_or(0.0);
    let rank = values.iter().take_while(|v| **v > RANK_TOLERANCE * largest).count();
    if rank <= width { Ok(rank) } else { Err(ReferenceError::Width { width, rank }) }
}
