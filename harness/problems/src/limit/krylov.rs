use faer::{Mat, Side};
use ndarray::ArrayView1;

use super::phi::Phi;

/// New vectors are made orthogonal to so many of the newest. Two would do on paper; with more of them, spaces of matrices with
/// few large eigenvalues hold no eigenvector twice.
const NEWEST: usize = 50;
/// Longest basis, and numbers in all its vectors.
const LONGEST: usize = 300;
const MOST_NUMBERS: usize = 1 << 25;

/// The Krylov space of a symmetric positive semidefinite matrix B and a vector b, by Lanczos: V with B V = V T + β v eᵀ, T
/// tridiagonal. Functions of B times b are approximated by ‖b‖ V F(T) e₁.
pub(super) struct Krylov {
    basis: Vec<Vec<f64>>,
    diagonal: Vec<f64>,
    off_diagonal: Vec<f64>,
    /// ‖b‖.
    length: f64,
}

/// T by its eigenvalues and eigenvectors.
pub(super) struct Spectrum {
    values: Vec<f64>,
    vectors: Mat<f64>,
    /// β.
    next: f64,
}

/// F(T) e₁.
pub(super) struct Coordinates(Vec<f64>);

impl Krylov {
    /// The space of one dimension; b is not zero.
    pub(super) fn new(b: &[f64]) -> Self {
        let length = norm(b);
        let basis = vec![b.iter().map(|x| x / length).collect()];
        Krylov { basis, diagonal: Vec::new(), off_diagonal: Vec::new(), length }
    }

    /// Its dimension.
    pub(super) fn size(&self) -> usize {
        self.diagonal.len()
    }

    /// Whether it cannot grow: it holds all that B makes of b, or all that memory should.
    pub(super) fn is_full(&self) -> bool {
        let most = (MOST_NUMBERS / self.basis[0].len()).clamp(20, LONGEST);
        self.is_exhausted() || self.size() >= most
    }

    fn is_exhausted(&self) -> bool {
        self.basis.len() == self.size()
    }

    /// Adds a dimension; `multiply` writes B v.
    pub(super) fn extend(&mut self, multiply: impl FnOnce(&[f64], &mut [f64])) {
        let newest = &self.basis[self.size()];
        let mut product = vec![0.0; newest.len()];
        multiply(newest, &mut product);
        self.diagonal.push(dot(newest, &product));
        for v in self.basis.iter().rev().take(NEWEST) {
            let along = dot(v, &product);
            product.iter_mut().zip(v).for_each(|(p, v)| *p -= along * v);
        }
        let next = norm(&product);
        let rounding = f64::EPSILON * self.diagonal.iter().copied().fold(0.0, f64::max);
        if next > rounding && self.basis.len() < product.len() {
            product.iter_mut().for_each(|p| *p /= next);
            self.off_diagonal.push(next);
            self.basis.push(product);
        }
    }

    /// `None` where B is not finite.
    pub(super) fn spectrum(&self) -> Option<Spectrum> {
        let size = self.size();
        let tridiagonal = Mat::from_fn(size, size, |i, j| match i.abs_diff(j) {
            0 => self.diagonal[i],
            1 => self.off_diagonal[i.min(j)],
            _ => 0.0,
        });
        if self.diagonal.iter().chain(&self.off_diagonal).any(|x| !x.is_finite()) {
            return None;
        }
        let eigen = tridiagonal.self_adjoint_eigen(Side::Lower).ok()?;
        let values = (0..size).map(|i| eigen.S()[i].max(0.0)).collect();
        let next = if self.is_exhausted() { 0.0 } else { self.off_diagonal[size - 1] };
        Some(Spectrum { values, vectors: eigen.U().to_owned(), next })
    }

    /// ‖b‖ V y.
    pub(super) fn combine(&self, y: &Coordinates) -> Vec<f64> {
        let mut sum = vec![0.0; self.basis[0].len()];
        for (v, y) in self.basis.iter().zip(&y.0) {
            sum.iter_mut().zip(v).for_each(|(sum, v)| *sum += self.length * y * v);
        }
        sum
    }

    /// b − B ‖b‖ V y, from the recurrence.
    pub(super) fn remainder(&self, y: &Coordinates) -> Vec<f64> {
        let mut rest = vec![0.0; self.basis.len()];
        rest[0] = 1.0;
        for (i, &y_i) in y.0.iter().enumerate() {
            rest[i] -= self.diagonal[i] * y_i;
            if let Some(next) = self.off_diagonal.get(i) {
                rest[i + 1] -= next * y_i;
                rest[i] -= next * y.0.get(i + 1).unwrap_or(&0.0);
            }
        }
        self.combine(&Coordinates(rest))
    }
}

impl Spectrum {
    /// F(T) e₁.
    pub(super) fn apply(&self, phi: Phi, tau: f64) -> Coordinates {
        let mut y = vec![0.0; self.values.len()];
        for (j, &lambda) in self.values.iter().enumerate() {
            let weight = phi(tau, lambda) * self.vectors[(0, j)];
            y.iter_mut().enumerate().for_each(|(i, y)| *y += weight * self.vectors[(i, j)]);
        }
        Coordinates(y)
    }

    /// Norm of the part of B V y that leaves the space: what the linear equation for ‖b‖ V y is violated by, over ‖b‖.
    pub(super) fn defect(&self, y: &Coordinates) -> f64 {
        self.next * y.0.last().map_or(0.0, |y| y.abs())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Several partial sums at a time: these products cost as much as those with B.
    ArrayView1::from(a).dot(&ArrayView1::from(b))
}

/// ‖a‖.
pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::phi;
    use crate::randomness::gaussians;

    /// B = diag(1/i²), or a function of it, in a basis turned by a reflection, so that nothing is sparse.
    fn multiply(mirror: &[f64], function: impl Fn(f64) -> f64, v: &[f64]) -> Vec<f64> {
        let reflect = |v: &[f64]| {
            let along = 2.0 * dot(mirror, v) / dot(mirror, mirror);
            v.iter().zip(mirror).map(|(v, u)| v - along * u).collect::<Vec<_>>()
        };
        let scaled: Vec<f64> =
            reflect(v).iter().enumerate().map(|(i, v)| function(1.0 / ((i + 1) * (i + 1)) as f64) * v).collect();
        reflect(&scaled)
    }

    #[test]
    fn functions_of_a_matrix_are_those_of_its_eigenvalues() {
        let (n, tau) = (60, 30.0);
        let (mirror, b) = (gaussians(1, "mirror", n, 1.0), gaussians(2, "b", n, 1.0));
        let mut space = Krylov::new(&b);
        let mut defects = Vec::new();
        while !space.is_full() && defects.last().is_none_or(|&defect| defect > 1e-10) {
            space.extend(|v, out| out.copy_from_slice(&multiply(&mirror, |lambda| lambda, v)));
            let spectrum = space.spectrum().expect("finite");
            defects.push(spectrum.defect(&spectrum.apply(phi::first, tau)));
        }
        assert!((5..40).contains(&space.size()), "{}: {defects:?}", space.size());
        let y = space.spectrum().expect("finite").apply(phi::first, tau);
        let expected = multiply(&mirror, |lambda| phi::first(tau, lambda), &b);
        let rest = multiply(&mirror, |lambda| (-tau * lambda).exp(), &b);
        let difference =
            |a: &[f64], b: &[f64]| norm(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>()) / norm(b);
        assert!(difference(&space.combine(&y), &expected) <= 1e-8);
        assert!(difference(&space.remainder(&y), &rest) <= 1e-8);
    }

    #[test]
    fn a_space_ends_with_the_rank_of_the_matrix() {
        let b = gaussians(3, "b", 40, 1.0);
        let mut space = Krylov::new(&b);
        while !space.is_full() {
            space.extend(|v, out| {
                out.iter_mut().zip(v).enumerate().for_each(|(i, (out, v))| *out = if i < 3 { *v } else { 0.0 });
            });
        }
        assert_eq!(space.size(), 2, "its eigenvalues are one and zero");
    }
}
