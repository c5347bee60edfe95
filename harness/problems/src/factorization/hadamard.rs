use flatbench_records::FactorizationKind;

use super::{Compression, Derivatives, Factorization, consecutive_blocks, identity};
use crate::problem::Block;

/// x = v_1 ⊙ ⋯ ⊙ v_k in ℝⁿ (rows = n, cols = 1); w = (v_1, …, v_k).
#[derive(Clone)]
pub(crate) struct Hadamard {
    dimension: usize,
    blocks: Vec<Block>,
}

impl Hadamard {
    /// `depth` vectors of length `dimension`.
    pub(crate) fn new(dimension: usize, depth: usize) -> Self {
        assert!(depth >= 2, "at least two factors");
        let shapes = (1..=depth).map(|l| (format!("v{l}"), dimension, 1));
        Hadamard { dimension, blocks: consecutive_blocks(shapes.collect::<Vec<_>>()) }
    }

    /// Number of factors k.
    pub(crate) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// Π_{i ∉ skip} w_ij.
    fn product_without(&self, w: &[f64], j: usize, skip: [usize; 2]) -> f64 {
        (0..self.depth()).filter(|i| !skip.contains(i)).map(|i| w[i * self.dimension + j]).product()
    }
}

impl Factorization for Hadamard {
    type Scratch = ();

    fn kind(&self) -> FactorizationKind {
        FactorizationKind::Hadamard
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn rows(&self) -> usize {
        self.dimension
    }

    fn cols(&self) -> usize {
        1
    }

    fn scratch(&self) {}

    fn prepare(&self, _: &[f64], _: &mut ()) {}

    fn end_to_end(&self, w: &[f64], x: &mut [f64], _: &mut ()) {
        let n = self.dimension;
        x.copy_from_slice(&w[..n]);
        for factor in w[n..].chunks(n) {
            x.iter_mut().zip(factor).for_each(|(x, v)| *x *= v);
        }
    }

    fn tangent(&self, w: &[f64], v: &[f64], x_dot: &mut [f64], _: &mut ()) {
        let n = self.dimension;
        for (j, out) in x_dot.iter_mut().enumerate() {
            *out = (0..self.depth()).map(|l| v[l * n + j] * self.product_without(w, j, [l, l])).sum();
        }
    }

    fn pullback(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], _: &mut ()) {
        let n = self.dimension;
        for l in 0..self.depth() {
            for j in 0..n {
                out[l * n + j] = scale * g[j] * self.product_without(w, j, [l, l]);
            }
        }
    }

    fn pullback_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        g: &[f64],
        g_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        _: &mut (),
    ) {
        let n = self.dimension;
        for l in 0..self.depth() {
            for j in 0..n {
                let others: f64 = (0..self.depth())
                    .filter(|&p| p != l)
                    .map(|p| v[p * n + j] * self.product_without(w, j, [l, p]))
                    .sum();
                out[l * n + j] = scale * (g_dot[j] * self.product_without(w, j, [l, l]) + g[j] * others);
            }
        }
    }

    /// (Σ_l ‖v_{l+1}² − v_l²‖²)^½, the deep-linear measure of diagonal layers.
    fn balancedness(&self, w: &[f64]) -> f64 {
        let n = self.dimension;
        w.iter().zip(&w[n..]).map(|(a, b)| (b * b - a * a).powi(2)).sum::<f64>().sqrt()
    }

    fn degree(&self) -> usize {
        self.depth()
    }

    /// The layers are diagonal: neuron j of each has the one weight v_j, and v_j times its derivative is a_ij x_j.
    fn compressions(&self, w: &[f64]) -> Vec<Compression> {
        let n = self.dimension;
        let mut x = vec![0.0; n];
        self.end_to_end(w, &mut x, &mut ());
        let mut left = identity(n);
        left.iter_mut().enumerate().for_each(|(place, entry)| *entry *= x[place / n]);
        vec![Compression { left, right: vec![1.0], weight: self.depth() as f64, bend: 0.0 }]
    }

    fn compressions_gradient(&self, w: &[f64], _: f64, derivatives: Derivatives<'_>, out: &mut [f64]) {
        let n = self.dimension;
        let part = &self.compressions(w)[0];
        let (d_left, _) = derivatives(&part.left, &part.right);
        let diagonal: Vec<f64> = (0..n).map(|j| d_left[j * n + j]).collect();
        self.pullback(w, &diagonal, part.weight, out, &mut ());
    }
}
