use faer::{Mat, MatRef};

use super::cone::Cone;
use super::interior_point::Program;
use super::operator::Operator;

/// Robust PCA as a program for the interior-point method: Z + u⁺ − u⁻ = Y and Σ (u⁺ + u⁻) = τ.
///
/// Dual variables: Λ column by column, then a bound s of its entries. Linear slacks: s − Λ, then s + Λ.
pub(super) struct Observed {
    shape: (usize, usize),
    targets: Vec<f64>,
    bounds: Vec<f64>,
    pub entries: Operator,
}

impl Observed {
    pub(super) fn new(y: &Mat<f64>, radius: f64) -> Self {
        let shape = y.shape();
        let entries: Vec<_> = (0..shape.1).flat_map(|j| (0..shape.0).map(move |i| (i, j, 1.0))).collect();
        let mut targets: Vec<f64> = entries.iter().map(|&(i, j, _)| y[(i, j)]).collect();
        targets.push(-radius);
        Observed { shape, targets, bounds: vec![0.0; 2 * entries.len()], entries: Operator::Entries { shape, entries } }
    }

    /// Number of entries n of Y.
    pub(super) fn entry_count(&self) -> usize {
        self.shape.0 * self.shape.1
    }
}

impl Program for Observed {
    fn targets(&self) -> &[f64] {
        &self.targets
    }

    fn cone(&self) -> Option<Cone> {
        Some(Cone::Ball(self.shape.0, self.shape.1))
    }

    fn matrix(&self, y: &[f64]) -> Mat<f64> {
        let (d1, d2) = self.shape;
        Mat::from_fn(d1, d2, |i, j| y[i + j * d1])
    }

    fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    fn linear(&self, y: &[f64]) -> Vec<f64> {
        let (multiplier, s) = y.split_at(self.entry_count());
        multiplier.iter().map(|l| l - s[0]).chain(multiplier.iter().map(|l| -l - s[0])).collect()
    }

    fn forward(&self, z: Option<MatRef<'_, f64>>, u: &[f64]) -> Vec<f64> {
        let (plus, minus) = u.split_at(self.entry_count());
        let mut out: Vec<f64> = plus.iter().zip(minus).map(|(p, m)| p - m).collect();
        if let Some(z) = z {
            out.iter_mut().zip(self.entries.apply(z)).for_each(|(o, v)| *o += v);
        }
        out.push(-u.iter().sum::<f64>());
        out
    }

    fn schur(&self, w: Option<MatRef<'_, f64>>, ratios: &[f64]) -> Mat<f64> {
        let n = self.entry_count();
        let (plus, minus) = ratios.split_at(n);
        let mut out = Mat::zeros(n + 1, n + 1);
        if let Some(w) = w {
            let matrix = self.entries.schur(w);
            for j in 0..n {
                for (target, value) in out.col_as_slice_mut(j)[j..].iter_mut().zip(&matrix.col_as_slice(j)[j..]) {
                    *target = 2.0 * value;
                }
            }
        }
        for j in 0..n {
            out[(j, j)] += plus[j] + minus[j];
            out[(n, j)] = minus[j] - plus[j];
        }
        out[(n, n)] = ratios.iter().sum();
        out
    }
}
