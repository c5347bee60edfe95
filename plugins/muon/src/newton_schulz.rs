use flatbench_plugin::ndarray::{Array2, ArrayView2};

/// Coefficients of Jordan et al. 2024: steepest at 0, so that small singular values grow fastest.
const A: f64 = 3.4445;
const B: f64 = -4.7750;
const C: f64 = 2.0315;

/// Keeps the norm of a vanishing matrix from being divided by.
const EPSILON: f64 = 1e-7;

/// `matrix` with its singular values brought near 1; the zero matrix stays zero. Costs products of its smaller side.
///
/// The plugin `norm-matched-gd` compiles this file too.
pub(crate) fn orthogonalized(matrix: ArrayView2<'_, f64>, iterations: usize) -> Array2<f64> {
    let tall = matrix.nrows() > matrix.ncols();
    let mut x = if tall { matrix.t().to_owned() } else { matrix.to_owned() };
    x /= x.iter().map(|entry| entry * entry).sum::<f64>().sqrt() + EPSILON;
    for _ in 0..iterations {
        let gram = x.dot(&x.t());
        let polynomial = &gram * B + gram.dot(&gram) * C;
        x = &x * A + polynomial.dot(&x);
    }
    if tall { x.reversed_axes() } else { x }
}
