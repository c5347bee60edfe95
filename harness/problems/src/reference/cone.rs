use faer::{Mat, MatRef};

/// Where the dual matrix M(y) lives: a set {M : S ⪰ 0} with S = I − (something linear in M), and the primal matrix Z inside
/// the multiplier X of S.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cone {
    /// ‖M‖_op ≤ 1 for M of d1 × d2: S = [I −M; −Mᵀ I], Z = 2 X12, whose cost is ‖Z‖_*.
    Ball(usize, usize),
    /// M ⪯ I for symmetric M: S = I − M, Z = X ⪰ 0, whose cost is tr Z.
    Semidefinite(usize),
}

impl Cone {
    /// Rows of S.
    pub(super) fn order(self) -> usize {
        match self {
            Cone::Ball(d1, d2) => d1 + d2,
            Cone::Semidefinite(d) => d,
        }
    }

    /// S.
    pub(super) fn slack(self, m: MatRef<'_, f64>) -> Mat<f64> {
        let mut s = self.slack_direction(m);
        match self {
            Cone::Ball(..) => (0..self.order()).for_each(|i| s[(i, i)] = 1.0),
            Cone::Semidefinite(_) => (0..self.order()).for_each(|i| s[(i, i)] += 1.0),
        }
        s
    }

    /// The linear part of S.
    pub(super) fn slack_direction(self, m: MatRef<'_, f64>) -> Mat<f64> {
        match self {
            Cone::Ball(..) => embedding(m, -1.0),
            Cone::Semidefinite(_) => -m,
        }
    }

    /// Z from X.
    pub(super) fn primal(self, x: MatRef<'_, f64>) -> Mat<f64> {
        match self {
            Cone::Ball(d1, d2) => Mat::from_fn(d1, d2, |i, j| 2.0 * x[(i, d1 + j)]),
            Cone::Semidefinite(_) => x.to_owned(),
        }
    }

    /// An X ≻ 0 with the given Z; `z` itself has to be positive definite where the cone says so.
    pub(super) fn multiplier(self, z: MatRef<'_, f64>) -> Mat<f64> {
        match self {
            Cone::Ball(d1, d2) => {
                // Any diagonal above ‖Z‖_op / 2 is feasible; this one is well centred.
                let diagonal = z.norm_l2();
                let mut x = embedding(z, 0.5);
                (0..d1 + d2).for_each(|i| x[(i, i)] = diagonal);
                x
            }
            Cone::Semidefinite(_) => z.to_owned(),
        }
    }
}

/// [0 c·A; c·Aᵀ 0].
fn embedding(a: MatRef<'_, f64>, c: f64) -> Mat<f64> {
    let (d1, d2) = a.shape();
    let mut out = Mat::zeros(d1 + d2, d1 + d2);
    for j in 0..d2 {
        for i in 0..d1 {
            out[(i, d1 + j)] = c * a[(i, j)];
            out[(d1 + j, i)] = c * a[(i, j)];
        }
    }
    out
}
