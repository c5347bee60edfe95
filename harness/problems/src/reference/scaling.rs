use faer::{Mat, MatRef, Side};

/// Nesterov-Todd scaling of a primal-dual pair X, S ≻ 0: G with G⁻¹ X G⁻ᵀ = Gᵀ S G = diag(λ).
pub(super) struct Scaling {
    /// G.
    pub root: Mat<f64>,
    /// λ, all positive.
    pub lambda: Vec<f64>,
}

impl Scaling {
    /// `None` where X or S has lost positive definiteness to rounding.
    pub(super) fn new(x: MatRef<'_, f64>, s: MatRef<'_, f64>) -> Option<Self> {
        let primal = x.llt(Side::Lower).ok()?;
        let dual = s.llt(Side::Lower).ok()?;
        let decomposition = (dual.L().transpose() * primal.L()).svd().ok()?;
        let lambda: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
        if lambda.iter().any(|l| !l.is_finite() || *l <= 0.0) {
            return None;
        }
        let product = primal.L() * decomposition.V();
        let root = Mat::from_fn(x.nrows(), x.nrows(), |i, j| product[(i, j)] / lambda[j].sqrt());
        Some(Scaling { root, lambda })
    }

    /// W = G Gᵀ, the scaling point: W S W = X.
    pub(super) fn point(&self) -> Mat<f64> {
        &self.root * self.root.transpose()
    }

    /// G A Gᵀ.
    pub(super) fn unscale(&self, a: MatRef<'_, f64>) -> Mat<f64> {
        &self.root * (a * self.root.transpose())
    }

    /// Gᵀ A G.
    pub(super) fn scale_dual(&self, a: MatRef<'_, f64>) -> Mat<f64> {
        self.root.transpose() * (a * &self.root)
    }

    /// Largest α ≤ `limit` with diag(λ) + α D ⪰ 0.
    pub(super) fn longest_step(&self, direction: MatRef<'_, f64>, limit: f64) -> Option<f64> {
        let n = self.lambda.len();
        let relative = Mat::from_fn(n, n, |i, j| direction[(i, j)] / (self.lambda[i] * self.lambda[j]).sqrt());
        let smallest = *relative.self_adjoint_eigenvalues(Side::Lower).ok()?.first()?;
        Some(if smallest < 0.0 { limit.min(-1.0 / smallest) } else { limit })
    }
}
