//! How large a `large` starting point is: iid N(0, σ²) entries with σ such that E‖X(w₀)‖_F² = 9, three times the norm of
//! the ground truth. The product is of order one, so that a start gives no help.

const MEAN_SQUARE: f64 = 9.0;

/// X = L Rᵀ: E‖X‖² = d1·d2·k·σ⁴.
pub(crate) fn left_right(rows: usize, cols: usize, width: usize) -> f64 {
    (MEAN_SQUARE / (rows * cols * width) as f64).powf(0.25)
}

/// X = U1U1ᵀ − U2U2ᵀ: E‖X‖² = σ⁴ [Σ_b d·k_b (d + k_b + 1) − 2 d·k_1·k_2].
pub(crate) fn gram(dimension: usize, positive: usize, negative: usize) -> f64 {
    let (d, p, n) = (dimension as f64, positive as f64, negative as f64);
    let one = |k: f64| d * k * (d + k + 1.0);
    (MEAN_SQUARE / (one(p) + one(n) - 2.0 * d * p * n)).powf(0.25)
}

/// X = W_L ⋯ W_1: E‖X‖² = d_0·d_L·k^{L−1}·σ^{2L}.
pub(crate) fn deep_linear(rows: usize, cols: usize, width: usize, depth: usize) -> f64 {
    let paths = (rows * cols) as f64 * (width as f64).powi(depth as i32 - 1);
    (MEAN_SQUARE / paths).powf(0.5 / depth as f64)
}

/// x = v_1 ⊙ ⋯ ⊙ v_k: E‖x‖² = n·σ^{2k}.
pub(crate) fn hadamard(dimension: usize, depth: usize) -> f64 {
    (MEAN_SQUARE / dimension as f64).powf(0.5 / depth as f64)
}
