/// A measurement p(w) of the parameters, with its derivatives.
pub(crate) enum Measurement {
    /// p(w) = a·w: with it the loss is convex.
    Linear(Vec<f64>),
    /// p(L, R) = ⟨A, L Rᵀ⟩ with A rows × cols, stored row by row; w is L (rows × factor_rank), then R (cols × factor_rank).
    Bilinear { matrix: Vec<f64>, rows: usize, cols: usize, factor_rank: usize },
}

impl Measurement {
    /// p(w).
    pub(crate) fn prediction(&self, w: &[f64]) -> f64 {
        match self {
            Measurement::Linear(a) => dot(a, w),
            Measurement::Bilinear { .. } => 0.5 * dot(&self.slope(w), w),
        }
    }

    /// ∇p(w).
    pub(crate) fn slope(&self, w: &[f64]) -> Vec<f64> {
        match self {
            Measurement::Linear(a) => a.clone(),
            Measurement::Bilinear { .. } => self.curvature(w),
        }
    }

    /// ∇²p·v, which is the same at every point. Its trace is 0.
    pub(crate) fn curvature(&self, v: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; v.len()];
        if let &Measurement::Bilinear { ref matrix, rows, cols, factor_rank } = self {
            let (left, right) = v.split_at(rows * factor_rank);
            let (out_left, out_right) = out.split_at_mut(rows * factor_rank);
            for i in 0..rows {
                for j in 0..cols {
                    let a = matrix[i * cols + j];
                    for k in 0..factor_rank {
                        out_left[i * factor_rank + k] += a * right[j * factor_rank + k];
                        out_right[j * factor_rank + k] += a * left[i * factor_rank + k];
                    }
                }
            }
        }
        out
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
