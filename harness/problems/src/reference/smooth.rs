//! min Σ |z_j|^p subject to B z = t for 1 < p ≤ 2, through its dual, which is smooth and without constraints:
//! max D(y) = tᵀy − (p − 1) Σ (|s_j|/p)^q with s = Bᵀy and q = p/(p − 1) ≥ 2. Every y is feasible, so that D(y) is a
//! lower bound; z_j = sign(s_j)(|s_j|/p)^{q−1}, projected onto the zero-loss set, gives an upper bound.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::absolute::weighted_gram;
use super::affine::Affine;
use super::dense::{column, dot};
use super::power::Pair;
use super::solution::{Settings, relative_gap};

/// Fraction of the predicted ascent a step has to reach.
const SUFFICIENT: f64 = 1e-4;

pub(super) fn solve(affine: &Affine, p: f64, settings: &Settings) -> Pair {
    let rows = affine.operator.adjoint_rows();
    let dual = Dual { affine, p, q: p / (p - 1.0) };
    let mut y = dual.best_multiple(affine.gram_solve(&affine.targets));
    let mut best = Pair { z: Vec::new(), lower: f64::NEG_INFINITY, iterations: 0 };
    let mut upper = f64::INFINITY;
    loop {
        let s = dual.image(&y);
        let value = dual.value(&y, &s);
        let z = dual.primal(&s);
        let (exact, _) = affine.project(column(&z));
        let exact = exact.col_as_slice(0);
        let objective: f64 = exact.iter().map(|v| v.abs().powf(p)).sum();
        if objective < upper {
            upper = objective;
            best.z = exact.to_vec();
        }
        best.lower = best.lower.max(value);
        // The minimiser is only accurate to the square root of the gap, so go on to the last digit.
        if relative_gap(upper, best.lower) <= 1e-4 * settings.target_gap || best.iterations >= settings.max_iterations {
            return best;
        }
        let gradient = affine.residual(column(&z));
        let curvature: Vec<f64> = s.iter().map(|v| dual.curvature(*v)).collect();
        let Some(step) = newton(weighted_gram(rows.as_ref(), &curvature), &gradient) else { return best };
        let slope = dot(&gradient, &step);
        let mut length = 1.0;
        let moved = loop {
            let trial: Vec<f64> = y.iter().zip(&step).map(|(a, d)| a + length * d).collect();
            if dual.value(&trial, &dual.image(&trial)) >= value + SUFFICIENT * length * slope {
                break Some(trial);
            }
            length *= 0.5;
            if length < 1e-10 {
                break None;
            }
        };
        let Some(next) = moved else { return best };
        y = next;
        best.iterations += 1;
    }
}

/// H⁻¹ g with the diagonal of H raised by rounding, as curvature vanishes where s_j does.
fn newton(mut h: Mat<f64>, gradient: &[f64]) -> Option<Vec<f64>> {
    let m = h.nrows();
    let largest = (0..m).map(|i| h[(i, i)]).fold(0.0, f64::max);
    (0..m).for_each(|i| h[(i, i)] += 1e-15 * largest);
    let solved = h.llt(Side::Lower).ok()?.solve(column(gradient));
    Some((0..m).map(|i| solved[(i, 0)]).collect())
}

struct Dual<'a> {
    affine: &'a Affine,
    p: f64,
    q: f64,
}

impl Dual<'_> {
    fn image(&self, y: &[f64]) -> Vec<f64> {
        self.affine.operator.adjoint(y).col_as_slice(0).to_vec()
    }

    fn conjugate(&self, s: &[f64]) -> f64 {
        s.iter().map(|v| (self.p - 1.0) * (v.abs() / self.p).powf(self.q)).sum()
    }

    fn value(&self, y: &[f64], s: &[f64]) -> f64 {
        dot(&self.affine.targets, y) - self.conjugate(s)
    }

    fn primal(&self, s: &[f64]) -> Vec<f64> {
        s.iter().map(|v| v.signum() * (v.abs() / self.p).powf(self.q - 1.0)).collect()
    }

    fn curvature(&self, s: f64) -> f64 {
        (self.q - 1.0) / self.p * (s.abs() / self.p).powf(self.q - 2.0)
    }

    /// The multiple of y with the largest dual value: D(αy) = α tᵀy − α^q c.
    fn best_multiple(&self, y: Vec<f64>) -> Vec<f64> {
        let alpha =
            (dot(&self.affine.targets, &y) / (self.q * self.conjugate(&self.image(&y)))).powf(1.0 / (self.q - 1.0));
        y.into_iter().map(|v| alpha * v).collect()
    }
}
