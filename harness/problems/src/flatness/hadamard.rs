use ndarray::Array2;

use super::{Flatness, FlattestProgram};

/// x = v_1 ⊙ ⋯ ⊙ v_k: tr ∇²f = 2 Σ_l Σ_j c_j Π_{i≠l} v_ij² at any loss, c_j = (1/m) Σ_i a_ij²;
/// floor(x) = 2k Σ c_j |x_j|^{2−2/k} (Ding et al. 2024, section 9).
pub(crate) struct HadamardFlatness {
    weights: Vec<f64>,
    depth: usize,
}

impl HadamardFlatness {
    /// From c_j and the number of factors k.
    pub(crate) fn new(weights: Vec<f64>, depth: usize) -> Self {
        HadamardFlatness { weights, depth }
    }

    /// c_j Π_{i≠l} v_ij².
    fn term(&self, w: &[f64], l: usize, j: usize) -> f64 {
        let n = self.weights.len();
        (0..self.depth).filter(|&i| i != l).fold(self.weights[j], |product, i| product * w[i * n + j] * w[i * n + j])
    }

    fn exponent(&self) -> f64 {
        2.0 - 2.0 / self.depth as f64
    }
}

impl Flatness for HadamardFlatness {
    type Scratch = ();

    fn scratch(&self) {}

    fn trace_gradient(&self, w: &[f64], weights: &[f64], _: f64, out: &mut [f64], _: &mut ()) -> f64 {
        let n = self.weights.len();
        let mut trace = 0.0;
        out.fill(0.0);
        for (l, weight) in weights.iter().enumerate() {
            for j in 0..n {
                trace += 2.0 * weight * self.term(w, l, j);
                for p in (0..self.depth).filter(|&p| p != l) {
                    let others = (0..self.depth)
                        .filter(|&i| i != l && i != p)
                        .fold(self.weights[j], |product, i| product * w[i * n + j] * w[i * n + j]);
                    out[p * n + j] += 4.0 * weight * others * w[p * n + j];
                }
            }
        }
        trace
    }

    fn trace_by_block(&self, w: &[f64], _: f64) -> Vec<f64> {
        let n = self.weights.len();
        (0..self.depth).map(|l| (0..n).map(|j| 2.0 * self.term(w, l, j)).sum()).collect()
    }

    fn floor(&self, x: &Array2<f64>) -> f64 {
        let sum: f64 = self.weights.iter().zip(x).map(|(c, x)| c * x.abs().powf(self.exponent())).sum();
        2.0 * self.depth as f64 * sum
    }

    /// |v_lj| = |x_j|^{1/k} for every l, the sign in the first factor.
    fn flattest_factorization(&self, x: &Array2<f64>) -> Option<Vec<f64>> {
        let root = 1.0 / self.depth as f64;
        let first = x.iter().map(|x| x.signum() * x.abs().powf(root));
        let others = (1..self.depth).flat_map(|_| x.iter().map(|x| x.abs().powf(root)));
        Some(first.chain(others).collect())
    }

    fn program(&self) -> FlattestProgram {
        FlattestProgram::WeightedPower { weights: self.weights.clone(), exponent: self.exponent() }
    }
}
