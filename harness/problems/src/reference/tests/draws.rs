//! Small instances with a known truth.

use ndarray::{Array1, Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::reference::{Axis, Measurements, Settings, Solution, Weight, WeightedNuclear, weighted_nuclear};

pub fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub fn normal(rng: &mut ChaCha8Rng, rows: usize, cols: usize) -> Array2<f64> {
    Array2::from_shape_fn((rows, cols), |_| StandardNormal.sample(rng))
}

pub fn frobenius(x: ArrayView2<'_, f64>) -> f64 {
    x.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Gaussian factors, Frobenius norm one.
pub fn low_rank(rng: &mut ChaCha8Rng, rows: usize, cols: usize, rank: usize) -> Array2<f64> {
    let x = normal(rng, rows, rank).dot(&normal(rng, cols, rank).t());
    let size = frobenius(x.view());
    x / size
}

/// U1 U1ᵀ − U2 U2ᵀ with Gaussian factors, Frobenius norm one.
pub fn signed(rng: &mut ChaCha8Rng, d: usize, positive: usize, negative: usize) -> Array2<f64> {
    let (u1, u2) = (normal(rng, d, positive), normal(rng, d, negative));
    let x = u1.dot(&u1.t()) - u2.dot(&u2.t());
    let size = frobenius(x.view());
    x / size
}

/// Bernoulli(p) entries of a d × d matrix.
pub fn sampled_entries(rng: &mut ChaCha8Rng, d: usize, p: f64) -> Vec<(usize, usize)> {
    let all: Vec<_> = (0..d * d).map(|e| (e / d, e % d)).collect();
    all.into_iter().filter(|_| rng.random::<f64>() < p).collect()
}

/// A_i = C^{1/2} G_i C^{1/2} with the geometric spectrum 1 … 1/`condition` of C^{1/2}.
pub fn anisotropic(rng: &mut ChaCha8Rng, m: usize, d: usize, condition: f64) -> Array2<f64> {
    let root = Array1::from_shape_fn(d, |i| condition.powf(-(i as f64) / (d as f64 - 1.0)));
    let mut a = normal(rng, m, d * d);
    for mut row in a.rows_mut() {
        for (e, v) in row.iter_mut().enumerate() {
            *v *= root[e / d] * root[e % d];
        }
    }
    a
}

/// S1 = Σ A_i A_iᵀ and S2 = Σ A_iᵀ A_i.
pub fn moments(a: &Measurements<'_>, d1: usize, d2: usize) -> (Array2<f64>, Array2<f64>) {
    let (mut s1, mut s2) = (Array2::zeros((d1, d1)), Array2::zeros((d2, d2)));
    match a {
        Measurements::Dense(a) => {
            for row in a.rows() {
                let matrix = Array2::from_shape_vec((d1, d2), row.to_vec()).expect("sizes agree");
                s1 += &matrix.dot(&matrix.t());
                s2 += &matrix.t().dot(&matrix);
            }
        }
        Measurements::RankOne { left, right } => {
            for (l, r) in left.rows().into_iter().zip(right.rows()) {
                s1 += &(Array2::from_shape_fn((d1, d1), |(i, j)| l[i] * l[j]) * r.dot(&r));
                s2 += &(Array2::from_shape_fn((d2, d2), |(i, j)| r[i] * r[j]) * l.dot(&l));
            }
        }
        Measurements::Entries(entries) => {
            for &(i, j) in *entries {
                s1[[i, i]] += 1.0;
                s2[[j, j]] += 1.0;
            }
        }
    }
    (s1, s2)
}

/// Flattest zero-loss point for the targets of `truth`; the value is ‖S1^{1/2} X S2^{1/2}‖_*.
pub fn flattest(a: Measurements<'_>, truth: &Array2<f64>, symmetric: bool) -> Solution {
    let (d1, d2) = truth.dim();
    let (s1, s2) = moments(&a, d1, d2);
    let rows = Weight::square_root(s1.view(), Axis::Row).expect("every row is observed");
    let cols = Weight::square_root(s2.view(), Axis::Column).expect("every column is observed");
    solve(a, truth, rows, cols, symmetric)
}

/// Zero-loss point of the smallest nuclear norm.
pub fn norm_minimal(a: Measurements<'_>, truth: &Array2<f64>) -> Solution {
    solve(a, truth, Weight::identity(truth.nrows()), Weight::identity(truth.ncols()), false)
}

pub fn solve(a: Measurements<'_>, truth: &Array2<f64>, rows: Weight, cols: Weight, symmetric: bool) -> Solution {
    let targets = a.apply(truth.view());
    let problem = WeightedNuclear { measurements: a, targets: &targets, rows, cols, symmetric };
    weighted_nuclear(&problem, &Settings::default()).expect("the truth fits")
}

pub fn relative_error(x: &Array2<f64>, truth: &Array2<f64>) -> f64 {
    frobenius((x - truth).view()) / frobenius(truth.view())
}

/// What every solution on these well-posed draws has to satisfy.
pub fn assert_certified(solution: &Solution, what: &str) {
    assert!(solution.certified, "{what}: gap {:e}", solution.relative_gap);
    assert!(solution.relative_gap <= 1e-8, "{what}: gap {:e}", solution.relative_gap);
    assert!(solution.feasibility <= 1e-12, "{what}: feasibility {:e}", solution.feasibility);
}
