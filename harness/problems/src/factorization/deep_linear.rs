use flatbench_records::FactorizationKind;

use super::{Compression, Derivatives, Factorization, add, consecutive_blocks, identity, multiplied};
use crate::kernel::{Matrix, kernel, transpose};
use crate::problem::Block;

/// X = W_L ⋯ W_1, any number of layers ≥ 2; w = (W_1, …, W_L).
#[derive(Clone)]
pub(crate) struct DeepLinear {
    /// h_0 = cols of X, hidden widths, h_L = rows of X.
    widths: Vec<usize>,
    blocks: Vec<Block>,
}

/// Partial products and their derivatives.
pub(crate) struct DeepScratch {
    /// Q_l = W_{l−1} ⋯ W_1 (h_{l−1} × h_0) for l = 2..=L, at index l − 2.
    prefixes: Vec<Vec<f64>>,
    prefix_tangents: Vec<Vec<f64>>,
    /// (W_L ⋯ W_{l+1})ᵀ G, h_l × h_0, and its derivative; two of each, read and written in turn.
    suffix: [Vec<f64>; 2],
    suffix_tangent: [Vec<f64>; 2],
    transposed: Vec<f64>,
}

impl DeepLinear {
    /// `depth` layers with hidden width `width`.
    pub(crate) fn new(rows: usize, cols: usize, width: usize, depth: usize) -> Self {
        assert!(depth >= 2, "at least two layers");
        let mut widths = vec![width; depth + 1];
        widths[0] = cols;
        widths[depth] = rows;
        let shapes = (1..=depth).map(|l| (format!("W{l}"), widths[l], widths[l - 1]));
        let blocks = consecutive_blocks(shapes.collect::<Vec<_>>());
        DeepLinear { widths, blocks }
    }

    /// Number of layers L.
    pub(crate) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// W_l (h_l × h_{l−1}) inside w, l = 1..=L.
    pub(crate) fn layer<'a>(&self, w: &'a [f64], l: usize) -> &'a [f64] {
        let block = &self.blocks[l - 1];
        &w[block.offset..][..block.len()]
    }

    /// W_l as a matrix.
    pub(crate) fn matrix<'a>(&self, w: &'a [f64], l: usize) -> Matrix<'a> {
        Matrix::new(self.layer(w, l), self.widths[l], self.widths[l - 1])
    }

    /// h_l, l = 0..=L.
    pub(crate) fn width(&self, l: usize) -> usize {
        self.widths[l]
    }
}

/// out = scale·E Qᵀ (or added), E h × d and Q n × d.
#[expect(clippy::too_many_arguments, reason = "sizes of a product with a transposed right side")]
fn times_transposed(
    e: &[f64],
    h: usize,
    d: usize,
    q: &[f64],
    n: usize,
    scale: f64,
    out: &mut [f64],
    accumulate: bool,
    transposed: &mut [f64],
) {
    let transposed = &mut transposed[..n * d];
    transpose(q, n, d, transposed);
    kernel().product(Matrix::new(e, h, d), transposed, scale, out, accumulate);
}

impl Factorization for DeepLinear {
    type Scratch = DeepScratch;

    fn kind(&self) -> FactorizationKind {
        FactorizationKind::Chain
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn rows(&self) -> usize {
        self.widths[self.depth()]
    }

    fn cols(&self) -> usize {
        self.widths[0]
    }

    fn scratch(&self) -> DeepScratch {
        let d = self.cols();
        let largest = d * self.widths.iter().max().expect("at least three widths");
        let prefixes: Vec<_> = (2..=self.depth()).map(|l| vec![0.0; self.widths[l - 1] * d]).collect();
        let pair = || [vec![0.0; largest], vec![0.0; largest]];
        DeepScratch {
            prefix_tangents: prefixes.clone(),
            prefixes,
            suffix: pair(),
            suffix_tangent: pair(),
            transposed: vec![0.0; largest],
        }
    }

    fn prepare(&self, w: &[f64], s: &mut DeepScratch) {
        s.prefixes[0].copy_from_slice(self.layer(w, 1));
        for l in 2..self.depth() {
            let (done, rest) = s.prefixes.split_at_mut(l - 1);
            kernel().product(self.matrix(w, l), &done[l - 2], 1.0, &mut rest[0], false);
        }
    }

    fn end_to_end(&self, w: &[f64], x: &mut [f64], s: &mut DeepScratch) {
        let last = self.depth();
        kernel().product(self.matrix(w, last), &s.prefixes[last - 2], 1.0, x, false);
    }

    fn tangent(&self, w: &[f64], v: &[f64], x_dot: &mut [f64], s: &mut DeepScratch) {
        s.prefix_tangents[0].copy_from_slice(self.layer(v, 1));
        for l in 2..=self.depth() {
            let (done, rest) = s.prefix_tangents.split_at_mut(l - 1);
            let out = rest.first_mut().map_or(&mut *x_dot, |next| next.as_mut_slice());
            kernel().product(self.matrix(w, l), &done[l - 2], 1.0, out, false);
            kernel().product(self.matrix(v, l), &s.prefixes[l - 2], 1.0, out, true);
        }
    }

    fn pullback(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], s: &mut DeepScratch) {
        let d = self.cols();
        let DeepScratch { prefixes, suffix: [current, next], transposed, .. } = s;
        current[..g.len()].copy_from_slice(g);
        for l in (2..=self.depth()).rev() {
            let (h, n) = (self.widths[l], self.widths[l - 1]);
            let block = &self.blocks[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            times_transposed(&current[..h * d], h, d, &prefixes[l - 2], n, scale, target, false, transposed);
            kernel().product(self.matrix(w, l).t(), &current[..h * d], 1.0, &mut next[..n * d], false);
            std::mem::swap(current, next);
        }
        let first = &mut out[..self.blocks[0].len()];
        first.iter_mut().zip(current.iter()).for_each(|(out, e)| *out = scale * e);
    }

    fn pullback_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        g: &[f64],
        g_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut DeepScratch,
    ) {
        let d = self.cols();
        let DeepScratch {
            prefixes,
            prefix_tangents,
            suffix: [current, next],
            suffix_tangent: [current_dot, next_dot],
            transposed,
        } = s;
        current[..g.len()].copy_from_slice(g);
        current_dot[..g.len()].copy_from_slice(g_dot);
        for l in (2..=self.depth()).rev() {
            let (h, n) = (self.widths[l], self.widths[l - 1]);
            let block = &self.blocks[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            let (e, e_dot) = (&current[..h * d], &current_dot[..h * d]);
            times_transposed(e_dot, h, d, &prefixes[l - 2], n, scale, target, false, transposed);
            times_transposed(e, h, d, &prefix_tangents[l - 2], n, scale, target, true, transposed);
            kernel().product(self.matrix(w, l).t(), e_dot, 1.0, &mut next_dot[..n * d], false);
            kernel().product(self.matrix(v, l).t(), e, 1.0, &mut next_dot[..n * d], true);
            kernel().product(self.matrix(w, l).t(), e, 1.0, &mut next[..n * d], false);
            std::mem::swap(current, next);
            std::mem::swap(current_dot, next_dot);
        }
        let first = &mut out[..self.blocks[0].len()];
        first.iter_mut().zip(current_dot.iter()).for_each(|(out, e)| *out = scale * e);
    }

    /// (Σ_l ‖W_{l+1}ᵀW_{l+1} − W_lW_lᵀ‖_F²)^½ over the inner widths.
    fn balancedness(&self, w: &[f64]) -> f64 {
        let mut total = 0.0;
        for l in 1..self.depth() {
            let h = self.widths[l];
            let mut difference = vec![0.0; h * h];
            kernel().product(self.matrix(w, l + 1).t(), self.layer(w, l + 1), 1.0, &mut difference, false);
            let mut transposed = vec![0.0; self.layer(w, l).len()];
            transpose(self.layer(w, l), h, self.widths[l - 1], &mut transposed);
            kernel().product(self.matrix(w, l), &transposed, -1.0, &mut difference, true);
            total += difference.iter().map(|x| x * x).sum::<f64>();
        }
        total.sqrt()
    }

    fn degree(&self) -> usize {
        self.depth()
    }

    /// For W_l: B = W_L⋯W_l and C = (W_{l−1}⋯W_1)ᵀ.
    fn compressions(&self, w: &[f64]) -> Vec<Compression> {
        let (depth, first, last) = (self.depth(), self.cols(), self.rows());
        let mut rights = vec![identity(first)];
        for l in 1..depth {
            let mut next = vec![0.0; first * self.widths[l]];
            let mut transposed = vec![0.0; self.layer(w, l).len()];
            transpose(self.layer(w, l), self.widths[l], self.widths[l - 1], &mut transposed);
            let before = Matrix::new(&rights[l - 1], first, self.widths[l - 1]);
            kernel().product(before, &transposed, 1.0, &mut next, false);
            rights.push(next);
        }
        let mut left = identity(last);
        let mut compressions = Vec::new();
        for l in (1..=depth).rev() {
            let mut next = vec![0.0; last * self.widths[l - 1]];
            kernel().product(Matrix::new(&left, last, self.widths[l]), self.layer(w, l), 1.0, &mut next, false);
            left = next;
            let right = rights.pop().expect("one for each layer");
            compressions.push(Compression { left: left.clone(), right, weight: 1.0, bend: 0.0 });
        }
        compressions
    }

    /// Taken back through B_l = B_{l+1} W_l, from the longest to the shortest, and through C_l = C_{l−1} W_{l−1}ᵀ, the same way.
    fn compressions_gradient(&self, w: &[f64], _: f64, derivatives: Derivatives<'_>, out: &mut [f64]) {
        let (depth, first, last) = (self.depth(), self.cols(), self.rows());
        // By layer, the first one first.
        let mut parts = self.compressions(w);
        parts.reverse();
        let (d_lefts, d_rights): (Vec<_>, Vec<_>) =
            parts.iter().map(|part| derivatives(&part.left, &part.right)).unzip();
        let beyond = identity(last);
        let mut back = vec![0.0; last * first];
        for l in 1..=depth {
            let (h, n) = (self.widths[l], self.widths[l - 1]);
            add(&mut back, &d_lefts[l - 1]);
            let shorter = parts.get(l).map_or(&beyond, |part| &part.left);
            let block = &self.blocks[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            kernel().product(Matrix::new(shorter, last, h).t(), &back, 1.0, target, false);
            let mut transposed = vec![0.0; h * n];
            transpose(self.layer(w, l), h, n, &mut transposed);
            back = multiplied(Matrix::new(&back, last, n), last, &transposed, h);
        }
        let mut back = vec![0.0; first * self.widths[depth - 1]];
        for l in (1..depth).rev() {
            let (h, n) = (self.widths[l], self.widths[l - 1]);
            add(&mut back, &d_rights[l]);
            let block = &self.blocks[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            kernel().product(Matrix::new(&back, first, h).t(), &parts[l - 1].right, 1.0, target, true);
            back = multiplied(Matrix::new(&back, first, h), first, self.layer(w, l), n);
        }
    }
}
