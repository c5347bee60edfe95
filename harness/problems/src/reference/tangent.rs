use faer::linalg::solvers::Qr;
use faer::{Mat, MatRef};

use super::dense::{eigen, svd};
use super::error::ReferenceError;
use super::operator::Operator;

/// The singular vectors of a d1 × d2 matrix, split after the first `rank`, and coordinates of the tangent space
/// T = {U1 Aᵀ + B V1ᵀ} of the manifold of that rank in an orthonormal basis.
///
/// A matrix D of T is U C Vᵀ where C vanishes in its lower right block; its coordinates are the remaining entries of C.
/// For a symmetric matrix the basis is that of symmetric D: U holds eigenvectors, V equals U, the values have signs.
pub(super) struct Frame {
    u: Mat<f64>,
    v: Mat<f64>,
    /// All singular values, or eigenvalues by decreasing size.
    values: Vec<f64>,
    rank: usize,
    symmetric: bool,
}

impl Frame {
    pub(super) fn new(z: MatRef<'_, f64>, rank: usize, symmetric: bool) -> Result<Self, ReferenceError> {
        if !symmetric {
            let decomposition = svd(z)?;
            let values = decomposition.S().column_vector().iter().copied().collect();
            return Ok(Frame {
                u: decomposition.U().to_owned(),
                v: decomposition.V().to_owned(),
                values,
                rank,
                symmetric,
            });
        }
        let decomposition = eigen(z)?;
        let values: Vec<f64> = decomposition.S().column_vector().iter().copied().collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
        let vectors = decomposition.U();
        let u = Mat::from_fn(z.nrows(), z.nrows(), |i, j| vectors[(i, order[j])]);
        let values = order.iter().map(|&j| values[j]).collect();
        Ok(Frame { v: u.clone(), u, values, rank, symmetric })
    }

    /// Dimensions of T.
    pub(super) fn dimension(&self) -> usize {
        tangent_dimension((self.u.nrows(), self.v.nrows()), self.rank, self.symmetric)
    }

    /// Calls `visit` with the place in C of every coordinate, and the factor between an entry of C and a coordinate.
    fn places(&self, mut visit: impl FnMut(usize, (usize, usize), f64)) {
        let (d1, d2, r) = (self.u.nrows(), self.v.nrows(), self.rank);
        let mut next = 0;
        let mut place = |k: usize, l: usize, factor: f64| {
            visit(next, (k, l), factor);
            next += 1;
        };
        if self.symmetric {
            for k in 0..r {
                place(k, k, 1.0);
                (k + 1..d1).for_each(|l| place(k, l, std::f64::consts::SQRT_2));
            }
        } else {
            for k in 0..r {
                (0..d2).for_each(|l| place(k, l, 1.0));
                (r..d1).for_each(|l| place(l, k, 1.0));
            }
        }
    }

    /// The coordinates of all measurements of `operator`: J, with J·c = B(D) for D in T with the coordinates c.
    pub(super) fn jacobian(&self, operator: &Operator) -> Mat<f64> {
        let mut places = Vec::with_capacity(self.dimension());
        self.places(|_, place, factor| places.push((place, factor)));
        let mut out = Mat::zeros(operator.len(), places.len());
        operator.rotated(self.u.as_ref(), self.v.as_ref(), &mut |i, entry| {
            for (c, ((k, l), factor)) in places.iter().enumerate() {
                out[(i, c)] = factor * entry(*k, *l);
            }
        });
        out
    }

    /// Coordinates of the projection of a matrix onto T; `a` is symmetric where the frame is.
    pub(super) fn coordinates(&self, a: MatRef<'_, f64>) -> Vec<f64> {
        let rotated = self.u.transpose() * (a * &self.v);
        let mut out = vec![0.0; self.dimension()];
        self.places(|c, place, factor| out[c] = factor * rotated[place]);
        out
    }

    /// Coordinates of the sign matrix U1 V1ᵀ (with the signs of the eigenvalues where symmetric).
    pub(super) fn sign(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.dimension()];
        self.places(|c, (k, l), _| {
            if k == l {
                out[c] = self.values[k].signum();
            }
        });
        out
    }

    /// The matrix cut down to the rank.
    pub(super) fn truncated(&self) -> Mat<f64> {
        let scaled = Mat::from_fn(self.u.nrows(), self.rank, |i, j| self.u[(i, j)] * self.values[j]);
        scaled * self.v.submatrix(0, 0, self.v.nrows(), self.rank).transpose()
    }

    /// The matrix of T with the given coordinates.
    pub(super) fn matrix(&self, coordinates: &[f64]) -> Mat<f64> {
        let mut c = Mat::zeros(self.u.nrows(), self.v.nrows());
        self.places(|i, (k, l), factor| {
            c[(k, l)] = coordinates[i] / factor;
            if self.symmetric {
                c[(l, k)] = coordinates[i] / factor;
            }
        });
        &self.u * (c * self.v.transpose())
    }
}

/// Dimensions of the tangent space of matrices (or symmetric matrices) of a rank.
pub(super) fn tangent_dimension((d1, d2): (usize, usize), rank: usize, symmetric: bool) -> usize {
    if symmetric { rank * d1 - rank * rank.saturating_sub(1) / 2 } else { rank * (d1 + d2 - rank) }
}

/// A tall full-rank J = Q R, for its two least-squares problems.
pub(super) struct Tall {
    q: Mat<f64>,
    factorization: Qr<f64>,
}

impl Tall {
    pub(super) fn new(j: MatRef<'_, f64>) -> Self {
        let factorization = j.qr();
        Tall { q: factorization.compute_thin_Q(), factorization }
    }

    /// The c with the smallest ‖J c − b‖; `None` where J has no full rank.
    pub(super) fn least_squares(&self, b: &Mat<f64>) -> Option<Vec<f64>> {
        let mut c = self.q.transpose() * b;
        self.factorization.thin_R().solve_upper_triangular_in_place(c.as_mut());
        finite(c)
    }

    /// The smallest b with Jᵀ b = c; `None` where J has no full rank.
    pub(super) fn least_norm(&self, c: &[f64]) -> Option<Mat<f64>> {
        let mut b = Mat::from_fn(c.len(), 1, |i, _| c[i]);
        self.factorization.thin_R().transpose().solve_lower_triangular_in_place(b.as_mut());
        let b = &self.q * b;
        b.norm_l2().is_finite().then_some(b)
    }
}

fn finite(c: Mat<f64>) -> Option<Vec<f64>> {
    let values = c.col_as_slice(0).to_vec();
    values.iter().all(|v| v.is_finite()).then_some(values)
}
