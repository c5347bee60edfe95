//! What a full gradient costs, in multiply-adds: by how much the runs of one case take longer than those of another.
//!
//! Predictions and pull-back are both counted, each where it is shortest, as the models choose it.

/// Making X = L Rᵀ of factors of that width, and pulling a gradient back to them: three products.
pub(crate) fn left_right(rows: usize, cols: usize, width: usize) -> f64 {
    3.0 * product(&[rows, cols, width])
}

/// The same through `depth` ≥ 2 layers, those between of that width.
pub(crate) fn chain(rows: usize, cols: usize, width: usize, depth: usize) -> f64 {
    left_right(rows, cols, width) + 3.0 * product(&[depth.saturating_sub(2), width, width, cols])
}

/// `count` dense measurements of a rows × cols matrix.
pub(crate) fn dense(count: usize, rows: usize, cols: usize) -> f64 {
    2.0 * product(&[count, rows, cols])
}

/// `count` measurements aᵀ L Rᵀ b, through X or through A L and B R.
pub(crate) fn rank_one(count: usize, rows: usize, cols: usize, width: usize) -> f64 {
    let through_matrix = dense(count, rows, cols) + left_right(rows, cols, width);
    through_matrix.min(2.0 * product(&[count, width]) * (rows as f64 + cols as f64))
}

/// `count` measurements xᵀ U Uᵀ x of a symmetric matrix, of which a half is enough, through X or through the products x Uᵀ.
pub(crate) fn gram(count: usize, dimension: usize, width: usize) -> f64 {
    let through_matrix = 1.2 * product(&[count, dimension, dimension]) + left_right(dimension, dimension, width);
    through_matrix.min(2.0 * product(&[count, dimension, width]))
}

/// `count` dense measurements of a symmetric matrix U Uᵀ.
pub(crate) fn dense_gram(count: usize, dimension: usize, width: usize) -> f64 {
    dense(count, dimension, dimension) + left_right(dimension, dimension, width)
}

/// `count` entries of L Rᵀ, through X or one by one, which is four times slower than products of matrices.
pub(crate) fn entries(count: f64, rows: usize, cols: usize, width: usize) -> f64 {
    let through_matrix = 2.0 * count + left_right(rows, cols, width);
    through_matrix.min(4.0 * 3.0 * count * width as f64)
}

fn product(sizes: &[usize]) -> f64 {
    sizes.iter().map(|&size| size as f64).product()
}
