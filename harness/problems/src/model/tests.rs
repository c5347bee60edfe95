//! Two ways to the same predictions: through the factors, and through X.

use super::{GramFactors, Model, Pull, RankOneFactors, SampledFactors, ThroughMatrix};
use crate::factorization::{Factorization, LeftRight, SignedGram};
use crate::kernel::Rows;
use crate::operator::{Dense, Mask, MeasurementOperator, RankOne, SymmetricRankOne};
use crate::randomness::gaussians;

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1.0_f64, |size, e| size.max(e.abs()));
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= 1e-12 * size, "{what}: {f} against {e}");
    }
}

/// Every call of a model, under a name each.
fn calls<M: Model>(model: &M, m: usize) -> Vec<(&'static str, Vec<f64>)> {
    let n: usize = model.factors().blocks().iter().map(|block| block.len()).sum();
    let (w, v) = (gaussians(1, "w", n, 1.0), gaussians(2, "v", n, 1.0));
    let (u, u_dot) = (gaussians(3, "u", m, 1.0), gaussians(4, "u_dot", m, 1.0));
    let (targets, noise) = (gaussians(5, "targets", m, 1.0), gaussians(6, "noise", m + 3, 1.0));
    let (mut s, mut per_row, mut out) = (model.scratch(), vec![0.0; m], vec![0.0; n]);
    let mut found = Vec::new();
    model.prepare(&w, &mut s);
    model.predict(&w, &mut per_row, &mut s);
    found.push(("predict", per_row.clone()));
    model.predict_tangent(&w, &v, &mut per_row, &mut s);
    found.push(("predict_tangent", per_row.clone()));
    model.pull_tangent(&w, &v, &u, &u_dot, 0.3, &mut out, &mut s);
    found.push(("pull_tangent", out.clone()));
    model.pull(&w, &u, 0.3, &mut out, &mut s);
    found.push(("pull", out.clone()));
    let rows = Rows { noise: Some(&noise[..m]), ..Rows::all(&targets) };
    model.residual_pull(&w, Pull { rows, rho: &mut per_row, scale: 0.3, out: &mut out }, &mut s);
    found.extend([("residuals", per_row.clone()), ("gradient", out.clone())]);
    for batch in [vec![m - 1], vec![0, m / 2, 0], (0..m).rev().collect()] {
        let rows = Rows { batch: Some(&batch), targets: Some(&targets), noise: Some(&noise[..batch.len()]) };
        let mut rho = vec![0.0; batch.len()];
        model.batch_pull(&w, Pull { rows, rho: &mut rho, scale: 0.3, out: &mut out }, &mut s);
        found.extend([("residuals of a batch", rho), ("gradient of a batch", out.clone())]);
    }
    found
}

fn agree(one: Vec<(&'static str, Vec<f64>)>, other: Vec<(&'static str, Vec<f64>)>, what: &str) {
    for ((name, found), (_, expected)) in one.into_iter().zip(other) {
        close(&found, &expected, &format!("{name}, {what}"));
    }
}

/// Sizes around the edges of blocks of measurements and of strips of columns.
const SIZES: [(usize, usize, usize, usize); 5] =
    [(1, 1, 1, 1), (5, 4, 2, 7), (9, 17, 3, 64), (20, 20, 20, 130), (30, 12, 33, 65)];

fn rank_one(rows: usize, cols: usize, m: usize) -> RankOne {
    RankOne::new(rows, cols, gaussians(7, "a", m * rows, 1.0), gaussians(8, "b", m * cols, 1.0))
}

#[test]
fn rank_one_measurements() {
    for (rows, cols, k, m) in SIZES {
        let factors = || LeftRight::new(rows, cols, k);
        let thin = RankOneFactors { operator: rank_one(rows, cols, m), factors: factors() };
        let wide = ThroughMatrix { operator: rank_one(rows, cols, m), factorization: factors() };
        agree(calls(&wide, m), calls(&thin, m), &format!("{rows} × {cols}, k = {k}, m = {m}"));
    }
}

#[test]
fn symmetric_rank_one_measurements() {
    for (d, _, k, m) in SIZES {
        for factors in [|d, k| SignedGram::positive(d, k), |d, k| SignedGram::indefinite(d, k, k + 1)] {
            let operator = || SymmetricRankOne::new(d, gaussians(7, "x", m * d, 1.0));
            let thin = GramFactors { operator: operator(), factors: factors(d, k) };
            let wide = ThroughMatrix { operator: operator(), factorization: factors(d, k) };
            agree(calls(&wide, m), calls(&thin, m), &format!("d = {d}, k = {k}, m = {m}"));
        }
    }
}

#[test]
fn sampled_entries() {
    for (rows, cols, k, _) in SIZES {
        let positions = || (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j))).filter(|(i, j)| (i * 3 + j) % 4 < 3);
        let mask = || Mask::new(rows, cols, positions());
        let thin = SampledFactors { mask: mask(), factors: LeftRight::new(rows, cols, k) };
        let wide = ThroughMatrix { operator: mask(), factorization: LeftRight::new(rows, cols, k) };
        let m = mask().count();
        agree(calls(&wide, m), calls(&thin, m), &format!("{rows} × {cols}, k = {k}"));
    }
}

/// The batch of one, which has a way of its own, against measurements that are written out.
#[test]
fn dense_measurements() {
    for (rows, cols, k, m) in SIZES {
        let operator = rank_one(rows, cols, m);
        let mut entries = Vec::new();
        for i in 0..m {
            let mut matrix = vec![0.0; rows * cols];
            operator.measurement(i, &mut matrix);
            entries.extend(matrix);
        }
        let mut next = entries.into_iter();
        let dense = Dense::from_entries(m, rows, cols, |_, _| next.next().expect("an entry each"));
        let factors = || LeftRight::new(rows, cols, k);
        let written_out = ThroughMatrix { operator: dense, factorization: factors() };
        let thin = RankOneFactors { operator, factors: factors() };
        agree(calls(&written_out, m), calls(&thin, m), &format!("{rows} × {cols}, k = {k}, m = {m}"));
    }
}

#[test]
fn a_symmetric_matrix_is_symmetric_to_the_last_bit() {
    let (d, factors) = (21, SignedGram::indefinite(21, 5, 3));
    let w = gaussians(1, "w", d * 8, 1.0);
    let mut x = vec![0.0; d * d];
    factors.end_to_end(&w, &mut x, &mut factors.scratch());
    for i in 0..d {
        assert!((0..d).all(|j| x[i * d + j] == x[j * d + i]), "row {i}");
    }
}
