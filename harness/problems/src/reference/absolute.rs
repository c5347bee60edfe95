//! min ‖z‖₁ subject to B z = t, whose dual is max tᵀy subject to ‖Bᵀy‖_∞ ≤ 1.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::affine::Affine;
use super::cone::Cone;
use super::dense::dot;
use super::interior_point::{InteriorPoint, Program};
use super::power::Pair;
use super::solution::{Settings, relative_gap};

/// Gap below which the support of the minimiser may be trusted enough to try it.
const POLISH_FROM: f64 = 0.1;

pub(super) fn solve(affine: &Affine, settings: &Settings) -> Pair {
    let rows = affine.operator.adjoint_rows();
    let program = Bounded { affine, rows: rows.as_ref(), bounds: vec![1.0; 2 * rows.nrows()] };
    let start = affine.least_norm(&affine.targets);
    let start = start.col_as_slice(0);
    let largest = start.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let split = start.iter().map(|v| largest + 0.5 * v).chain(start.iter().map(|v| largest - 0.5 * v)).collect();
    let mut best = Best { z: start.to_vec(), upper: size(start), lower: 0.0 };
    best.offer_dual(&program, &affine.gram_solve(&affine.targets));
    let mut method = InteriorPoint::new(&program, None, split, vec![0.0; affine.targets.len()]);
    let mut iterations = 0;
    let mut tried = Vec::new();
    while iterations < settings.max_iterations && relative_gap(best.upper, best.lower) > settings.target_gap {
        if method.step().is_err() {
            break;
        }
        iterations += 1;
        let (plus, minus) = method.u.split_at(rows.nrows());
        let z: Vec<f64> = plus.iter().zip(minus).map(|(p, m)| p - m).collect();
        best.offer_primal(affine, &z);
        best.offer_dual(&program, &method.y);
        let support = revealed_support(&z, &program.image(&method.y));
        if relative_gap(best.upper, best.lower) < POLISH_FROM && support != tried {
            if let Some((z, y)) = polish(affine, &rows, &z, &method.y, &support) {
                best.offer_primal(affine, &z);
                best.offer_dual(&program, &y);
            }
            tried = support;
        }
    }
    Pair { z: best.z, lower: best.lower, iterations }
}

struct Best {
    z: Vec<f64>,
    upper: f64,
    lower: f64,
}

impl Best {
    fn offer_primal(&mut self, affine: &Affine, z: &[f64]) {
        let (exact, missing) = affine.project(super::dense::column(z));
        let upper = size(exact.col_as_slice(0)) + missing * (z.len() as f64).sqrt();
        if upper < self.upper {
            (self.z, self.upper) = (exact.col_as_slice(0).to_vec(), upper);
        }
    }

    /// The value of y scaled into the box.
    fn offer_dual(&mut self, program: &Bounded<'_>, y: &[f64]) {
        let bound = program.image(y).iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        if bound > 0.0 {
            self.lower = self.lower.max(dot(&program.affine.targets, y) / bound);
        }
    }
}

fn size(z: &[f64]) -> f64 {
    z.iter().map(|v| v.abs()).sum()
}

/// Entries larger, relative to the largest, than the distance of their dual constraint from being active.
fn revealed_support(z: &[f64], image: &[f64]) -> Vec<usize> {
    let largest = z.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    (0..z.len()).filter(|&j| z[j].abs() > (1.0 - image[j].abs()) * largest).collect()
}

/// The feasible point with the given support and the nearest y that is sign(z) on it.
fn polish(affine: &Affine, rows: &Mat<f64>, z: &[f64], y: &[f64], support: &[usize]) -> Option<(Vec<f64>, Vec<f64>)> {
    let m = affine.targets.len();
    if support.is_empty() || support.len() > m {
        return None;
    }
    let mut jacobian = Mat::from_fn(m, support.len(), |i, k| rows[(support[k], i)]);
    let defect =
        |y: &[f64], k: usize| z[support[k]].signum() - (0..m).map(|i| rows[(support[k], i)] * y[i]).sum::<f64>();
    affine.factor().solve_lower_triangular_in_place(jacobian.as_mut());
    let qr = jacobian.qr();
    let (q, r) = (qr.compute_thin_Q(), qr.thin_R());
    let mut targets = Mat::from_fn(m, 1, |i, _| affine.targets[i]);
    affine.factor().solve_lower_triangular_in_place(targets.as_mut());
    let mut values = q.transpose() * &targets;
    r.solve_upper_triangular_in_place(values.as_mut());
    let mut exact = vec![0.0; z.len()];
    support.iter().enumerate().for_each(|(k, &j)| exact[j] = values[(k, 0)]);
    let mut change = Mat::from_fn(support.len(), 1, |k, _| defect(y, k));
    r.transpose().solve_lower_triangular_in_place(change.as_mut());
    let mut correction = &q * &change;
    affine.factor().transpose().solve_upper_triangular_in_place(correction.as_mut());
    let corrected: Vec<f64> = (0..m).map(|i| y[i] + correction[(i, 0)]).collect();
    (exact.iter().chain(&corrected).all(|v| v.is_finite())).then_some((exact, corrected))
}

/// Linear slacks 1 − Bᵀy, then 1 + Bᵀy, with multipliers z⁺ and z⁻.
struct Bounded<'a> {
    affine: &'a Affine,
    /// Bᵀ, n × m.
    rows: MatRef<'a, f64>,
    bounds: Vec<f64>,
}

impl Bounded<'_> {
    /// Bᵀy.
    fn image(&self, y: &[f64]) -> Vec<f64> {
        self.affine.operator.adjoint(y).col_as_slice(0).to_vec()
    }
}

impl Program for Bounded<'_> {
    fn targets(&self) -> &[f64] {
        &self.affine.targets
    }

    fn cone(&self) -> Option<Cone> {
        None
    }

    fn matrix(&self, _y: &[f64]) -> Mat<f64> {
        Mat::zeros(0, 0)
    }

    fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    fn linear(&self, y: &[f64]) -> Vec<f64> {
        let image = self.image(y);
        image.iter().copied().chain(image.iter().map(|v| -v)).collect()
    }

    fn forward(&self, _z: Option<MatRef<'_, f64>>, u: &[f64]) -> Vec<f64> {
        let (plus, minus) = u.split_at(self.rows.nrows());
        let difference: Vec<f64> = plus.iter().zip(minus).map(|(p, m)| p - m).collect();
        self.affine.operator.apply(super::dense::column(&difference))
    }

    fn schur(&self, _w: Option<MatRef<'_, f64>>, ratios: &[f64]) -> Mat<f64> {
        let (plus, minus) = ratios.split_at(self.rows.nrows());
        let weights: Vec<f64> = plus.iter().zip(minus).map(|(p, m)| p + m).collect();
        weighted_gram(self.rows, &weights)
    }
}

/// B diag(`weights`) Bᵀ for Bᵀ given as `rows` (n × m).
pub(super) fn weighted_gram(rows: MatRef<'_, f64>, weights: &[f64]) -> Mat<f64> {
    let (n, m) = rows.shape();
    let scaled = Mat::from_fn(n, m, |i, j| weights[i] * rows[(i, j)]);
    let mut out = Mat::zeros(m, m);
    matmul(out.as_mut(), Accum::Replace, rows.transpose(), scaled.as_ref(), 1.0, Par::Seq);
    out
}
